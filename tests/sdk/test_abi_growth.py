# SPDX-License-Identifier: Apache-2.0
"""Plugins and hosts of different minors run together: the first contract's with today's, and both with a simulated next
minor, whose header contract.py makes from today's. Hosts and plugins in C run under ASan and UBSan, so that a field
read from a struct that has none is a failure and not luck."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ISOLATION_MODES, SOURCES, Ran, binary, build_folder, run
from contract import FROZEN, HEADER, grow, write_header

HERE = Path(__file__).resolve().parent / "abi"
FIRST = FROZEN / "1.0"
NOT_ATTEMPTED, OK, FAIL, RETRY_AFTER, DROP, EXCEPTION = -1, 0, 2, 3, 5, 7
VALUES = ["good", "bad", "headers", "throw", None, "retry", "emit", "grown", "mirror"]
ANSWERS = [OK, FAIL, OK, OK, DROP, RETRY_AFTER, OK, FAIL, DROP]
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g1"]
MINORS = ["first", "today", "next"]


@pytest.fixture(scope="session")
def headers(tmp_path_factory) -> dict[str, Path]:
    """Where <tidegate/plugin.h> of each minor is."""
    folder = tmp_path_factory.mktemp("next")
    return {"first": FIRST, "today": HEADER.parents[1], "next": write_header(folder, grow(HEADER.read_text()))}


@pytest.fixture(scope="session")
def plugin_of(headers, tmp_path_factory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("plugins")

    def compile_with(minor: str, *flags: str) -> Path:
        out = folder / f"{minor}{len(flags)}.so"
        if not out.exists():
            run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", *flags, "-shared", "-fPIC",
                "-fvisibility=hidden", "-I", headers[minor], HERE / "plugin.c", "-o", out)
        return out
    return compile_with


@pytest.fixture(scope="session")
def run_on_host(headers, tmp_path_factory) -> Callable[..., Ran]:
    """Runs a plugin in the host in C of that minor."""
    folder = tmp_path_factory.mktemp("hosts")

    def run_plugin(minor: str, plugin: Path, *flags: str, config: object = None) -> Ran:
        host = folder / f"{minor}{len(flags)}"
        if not host.exists():
            run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", *flags, "-I", headers[minor], HERE / "host.c",
                "-o", host, "-ldl")
        done = subprocess.run([host, plugin, json.dumps(config or {})], capture_output=True, text=True, timeout=60,
                              check=False)
        answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"call"')]
        return Ran(done.returncode, answers, done.stdout, done.stderr)
    return run_plugin


@pytest.mark.parametrize("plugin_minor", MINORS)
@pytest.mark.parametrize("host_minor", MINORS)
def test_plugin_of_one_minor_runs_on_a_host_of_another(host_minor, plugin_minor, run_on_host, plugin_of):
    ran = run_on_host(host_minor, plugin_of(plugin_minor, *SANITIZED), *SANITIZED)
    assert ran.code == 0, ran.errors
    assert ran.statuses() == ran.statuses("batch") == ANSWERS
    emitted = [answer for answer in ran.answers if answer["call"] == "emit"]
    assert [(answer["topic"], answer["value"]) for answer in emitted] == [("out", "key")] * 2
    assert ran.answer("define")["name"] == "abi_seen_total"
    assert "abi plugin is ready" in ran.errors
    # What is new is seen where both sides have it, and nowhere else.
    both = host_minor == plugin_minor == "next"
    assert ran.reasons()[VALUES.index("grown")].split() == (["host", "message", "metrics", "emit"] if both else [])
    assert [answer["grown"] for answer in emitted] == [both, both]
    grown = next(a for a in ran.answers if a["call"] == "handle" and a["offset"] == VALUES.index("grown"))
    assert grown["grown"] == (7 if both else 0)
    if host_minor == "next":
        assert ran.answer("table")["grown"] == (7 if both else 0)


@pytest.mark.parametrize("minor", ["first", "next"])
def test_growth_is_by_the_header_alone(minor, headers):
    """Without this, the matrix above could run one minor against itself."""
    assert ("grown" in (headers[minor] / "tidegate" / "plugin.h").read_text()) == (minor == "next")


@pytest.mark.parametrize("minor", MINORS)
def test_todays_loader_runs_plugins_of_each_minor(minor, plugin_of, drive):
    messages = [{"value": value, "headers": [["trace", "last"]]} for value in VALUES if value != "emit"]
    ran = drive(plugin_of(minor), messages=messages)
    assert ran.code == 0, ran.errors
    expected = [answer for value, answer in zip(VALUES, ANSWERS) if value != "emit"]
    assert ran.statuses() == ran.statuses("batch") == expected
    assert set(ran.reasons()) >= {"bad value", "tombstone", "later", "mirror", ""}


@pytest.mark.parametrize("isolation", ISOLATION_MODES)
@pytest.mark.parametrize("minor", MINORS)
def test_todays_host_runs_plugins_of_each_minor(minor, isolation, plugin_of):
    """The whole journey, on the embedded mock cluster; one article in eight is dropped by the plugin."""
    done = run(binary(), "demo", "--messages", "4000", "--no-progress", "--plugin", plugin_of(minor),
               "--set", f"pipelines.demo.isolation={isolation}")
    dropped, = re.findall(r"^  dropped +([\d,]+)$", done.stdout, re.M)
    assert 350 < int(dropped.replace(",", "")) < 650, done.stdout


def test_todays_cpp_plugin_runs_on_the_first_host(run_on_host, compile_plugin):
    ran = run_on_host("first", compile_plugin(SOURCES / "plugin.cpp"))
    assert ran.code == 0, ran.errors
    assert ran.statuses()[:5] == [OK, FAIL, OK, EXCEPTION, DROP]
    assert ran.statuses("batch")[:5] == [OK, FAIL, OK, NOT_ATTEMPTED, NOT_ATTEMPTED], "it throws in the middle"


@pytest.mark.parametrize(("name", "config"), [
    ("copy", {"to": "elsewhere"}), ("flaky", {"fail_ratio": 0.5}), ("ledger", {"path": "{tmp}/ledger.tsv"}),
    ("log", {}), ("noop", {}), ("noop_batch", {}), ("transform", {}),
])
def test_plugins_of_todays_tree_run_on_the_first_host(name, config, run_on_host, tmp_path):
    config = {key: value.format(tmp=tmp_path) if isinstance(value, str) else value for key, value in config.items()}
    ran = run_on_host("first", build_folder() / "plugins" / f"{name}.so", config=config)
    assert ran.code == 0, ran.errors
    assert len(ran.statuses()) == len(VALUES)


@pytest.mark.parametrize("minor", ["first", "next"])
def test_cpp_wrapper_is_the_same_on_each_minor(minor, headers, run_on_host, compile_plugin):
    """plugin.hpp of today, compiled with the contract of another minor."""
    plugin = compile_plugin(SOURCES / "plugin.cpp", "g++", "-std=c++17", "-I", str(headers[minor]))
    for host in MINORS:
        ran = run_on_host(host, plugin)
        assert (ran.code, ran.statuses()[:2]) == (0, [OK, FAIL]), ran.errors
