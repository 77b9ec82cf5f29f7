# SPDX-License-Identifier: Apache-2.0
"""`tidegate plugin bench`, and what `test`, `validate` and `bench` have in common."""

from __future__ import annotations

import json

import pytest
from conftest import SOURCES, cargo_project, compiler_command, tree_plugin

def test_bench_measures_single_calls_and_batches(tidegate):
    done = tidegate("plugin", "bench", tree_plugin("noop_batch"), "--time", "50ms", "--format", "json")
    assert done.returncode == 0, done.stderr
    single, batch = json.loads(done.stdout)["calls"]
    assert (single["call"], batch["call"], batch["batch_messages"]) == ("handle", "handle_batch", 500)
    for call in (single, batch):
        assert 0 < call["host_ns_per_message"] and 0 < call["ns_per_message"] < 1e6
        assert call["messages"] >= 1000 and call["allocations_per_message"] in (0, None)
    text = tidegate("plugin", "bench", tree_plugin("noop"), "--time", "50ms").stdout.splitlines()
    assert text[0].split() == ["CALL", "ANSWERS", "MESSAGES", "NS/MESSAGE", "OF", "IT", "HOST",
                               "ALLOCATIONS/MESSAGE"]
    assert len(text) == 2 and text[1].startswith("handle ")


def test_bench_counts_the_allocations_of_the_plugin(plugin_of, messages, tidegate):
    plugin = plugin_of("""
#include <tidegate/plugin.hpp>
#include <cstdlib>
#include <memory>
bool handle(const tidegate::Message&) {
  const auto one = std::make_unique<char[]>(100);
  void* volatile two = std::malloc(10);
  std::free(two);
  return one[0] == 0;
}
TIDEGATE_PLUGIN(handle, "allocates", "1.0.0")
""")
    done = tidegate("plugin", "bench", plugin, "--time", "20ms", "--format", "json", "--messages",
                    messages({"value": "a"}, {"value": "b"}))
    call, = json.loads(done.stdout)["calls"]
    assert call["allocations_per_message"] in (2, None), "None: an allocator that cannot tell"
    assert call["answers"] == {"ok": 2}


@pytest.mark.parametrize("verb", ["inspect", "test", "validate", "bench"])
def test_help_teaches(verb, tidegate):
    done = tidegate("plugin", verb, "--help")
    assert done.returncode == 0 and "Examples:" in done.stdout and f"tidegate plugin {verb} " in done.stdout


@pytest.fixture(params=["c", "g++", "clang++", "libc++", "rust"])
def example(request, sdk, compile_plugin, tmp_path):
    """The same plugin in each language."""
    if request.param == "rust":
        return cargo_project(sdk, SOURCES / "plugin.rs", tmp_path / "cargo")
    if request.param == "c":
        return compile_plugin(SOURCES / "plugin.c")
    return compile_plugin(SOURCES / "plugin.cpp", *compiler_command(request.param, tmp_path), "-std=c++17")


def test_all_tools_know_plugins_of_each_language(example, messages, tidegate):
    path = messages({"key": "k", "value": "good", "expect": "ok"}, {"value": "bad", "expect": "fail"},
                    {"value": None, "expect": "drop"})
    tested = tidegate("plugin", "test", example, "--messages", path)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "3 messages: 1 drop, 1 fail, 1 ok" in tested.stderr and "bad value" in tested.stdout
    validated = tidegate("plugin", "validate", example)
    assert validated.returncode == 0, validated.stdout
    assert "all 11 checks passed" in validated.stdout
    measured = tidegate("plugin", "bench", example, "--messages", path, "--time", "20ms", "--format", "json")
    assert measured.returncode == 0, measured.stderr
    for call in json.loads(measured.stdout)["calls"]:
        assert call["answers"] == {"drop": 1, "fail": 1, "ok": 1} and call["ns_per_message"] > 0
