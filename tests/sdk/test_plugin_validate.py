# SPDX-License-Identifier: Apache-2.0
"""`tidegate plugin validate`: a check in a process of its own for everything that a broker can deliver and a host may do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import REFUSED, tree_plugin

CHECKS = ["ordinary", "absent-key", "absent-value", "empty-value", "large-value", "many-headers", "create-destroy",
          "two-instances", "threads", "exception", "deadline"]


def validated(tidegate, plugin: Path, *options: str) -> tuple[int, dict[str, dict]]:
    done = tidegate("plugin", "validate", plugin, "--format", "json", *options)
    report = json.loads(done.stdout)
    assert report["ok"] == (done.returncode == 0), done.stderr
    return done.returncode, {check["name"]: check for check in report["checks"]}


@pytest.mark.parametrize(("name", "config"), [
    ("noop", ""), ("noop_batch", ""), ("flaky", ""), ("log", "mode = 'count'"), ("ledger", "path = '/dev/null'"),
    ("ledger_batch", "path = '/dev/null'"), ("transform", "to = 'out'"), ("copy", "to = 'out'")])
def test_plugins_of_the_tree_pass_every_check(name, config, tidegate):
    code, checks = validated(tidegate, tree_plugin(name), "--config", config)
    assert code == 0, checks
    assert list(checks) == CHECKS and {check["result"] for check in checks.values()} == {"pass"}


def test_report_for_people_is_a_table(tidegate):
    done = tidegate("plugin", "validate", tree_plugin("noop"), "--only", "absent-key", "--only", "threads")
    assert done.returncode == 0
    assert done.stdout.startswith("noop 0.1.0\n\nCHECK       RESULT  WHAT ")
    assert "all 2 checks passed" in done.stdout


FAULTY = """
#include <tidegate/plugin.h>
#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>
#include <unistd.h>
static int instances = 0;
static thread_local int used = 0;
static void* create(const tidegate_host*, const char* config, size_t size, tidegate_result* error) {
  (void)config, (void)size, (void)error;
  ++instances;
  CREATE
  return new int(0);
}
static void destroy(void* self) { DESTROY delete static_cast<int*>(self); --instances; }
static tidegate_status handle(void* self, const tidegate_message* message, tidegate_result* result) {
  (void)self, (void)message, (void)result;
  HANDLE
  return TIDEGATE_OK;
}
extern "C" const tidegate_plugin tidegate_plugin_v1 = {sizeof(tidegate_plugin), 0, create, destroy, handle,
                                                       nullptr, nullptr};
TIDEGATE_IDENTITY("faulty", "1.0.0");
"""


@pytest.mark.parametrize(("place", "fault", "failing", "detail"), [
    ("HANDLE", "if (message->key.data == nullptr) std::abort();", {"absent-key"}, "SIGABRT"),
    ("HANDLE", "if (message->value.data == nullptr) *(volatile int*)nullptr = 1;", {"absent-value"}, "SIGSEGV"),
    ("HANDLE", "if (message->value.data != nullptr && message->value.size == 0) throw 1;", {"empty-value"},
     "let an exception out across the C ABI"),
    ("HANDLE", "if (message->value.size >= 1 << 20) return 42;", {"large-value"}, "answered 42, which is no status"),
    ("HANDLE", "if (message->value.size >= 1 << 20) while (true) ::pause();", {"large-value"}, "had not ended after"),
    ("HANDLE", "result->reason = nullptr;", set(CHECKS), "changed struct_size, reason or reason_capacity"),
    ("HANDLE", "if (message->value.size == 64) { result->reason[0] = '\\xff'; result->reason_size = 1; return 2; }",
     {"exception"}, "not UTF-8"),
    ("HANDLE", "if (message->value.size == 10000) throw 1;", {"exception"}, "let an exception out"),
    ("HANDLE", "if (instances > 1) return 99;", {"two-instances"}, "answered 99"),
    ("HANDLE", "used = 1; if (getpid() != gettid()) std::abort();", {"threads"}, "SIGABRT"),
    ("CREATE", "std::thread([] { while (true) ::pause(); }).detach();", {"create-destroy"}, "threads are left behind"),
    ("CREATE", "(void)!dup(2);", {"create-destroy"}, "open files are left behind"),
    ("DESTROY", "static int destroyed = 0; if (++destroyed == 50) std::abort();", {"create-destroy"}, "SIGABRT"),
    ("CREATE", 'if (size > 2) return nullptr;', {"exception"}, "without a reason"),
    ("HANDLE", "usleep(1500000);", {"ordinary", "deadline"}, "after the message's deadline"),
])
def test_fault_fails_the_check_that_looks_for_it(place, fault, failing, detail, plugin_of, messages, tidegate):
    text = FAULTY.replace(place, fault)
    for other in ("CREATE", "DESTROY", "HANDLE"):
        text = text.replace(other, "")
    options = ["--timeout", "2s"]
    if "usleep" in fault:
        options += ["--only", "ordinary", "--only", "deadline", "--messages", messages({"value": "x"})]
    code, checks = validated(tidegate, plugin_of(text), *options)
    assert code == 1
    assert {name for name, check in checks.items() if check["result"] == "fail"} == failing, checks
    for name in failing:
        assert detail in checks[name]["detail"]


def test_file_that_no_host_would_load_is_refused(tidegate, tmp_path):
    (tmp_path / "text.so").write_text("text")
    assert tidegate("plugin", "validate", "text.so").returncode == REFUSED
    assert tidegate("plugin", "validate", tree_plugin("noop"), "--only", "no-such-check").returncode == 64
