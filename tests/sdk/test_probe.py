# SPDX-License-Identifier: Apache-2.0
"""`validate` and `run` try a plugin in a process of its own: what it does there is a finding at its plugin.path."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from conftest import REFUSED, SOURCES, run

TROUBLE = """
#include <tidegate/plugin.hpp>
#include <cstdlib>
#include <string>
#include <unistd.h>
struct Constructor { Constructor() { %s } } const constructor;
class Trouble {
 public:
  Trouble(tidegate::Host, std::string_view config) { (void)config; %s }
  bool handle(const tidegate::Message&) { return true; }
};
TIDEGATE_PLUGIN_CLASS(Trouble, "trouble", "1.0.0")
"""
HANG = "while (true) ::pause();"
ABORT = "std::abort();"


@pytest.fixture
def trouble(compile_plugin, tmp_path):
    def compile_trouble(in_constructor: str = "", in_create: str = "") -> Path:
        source = tmp_path / "trouble.cpp"
        source.write_text(TROUBLE % (in_constructor, in_create))
        return compile_plugin(source)
    return compile_trouble


@pytest.fixture
def configure(tmp_path):
    def write(plugin: Path, more: str = "") -> Path:
        path = tmp_path / "tidegate.toml"
        path.write_text(f"""config_version = 1
[admin]
listen = "127.0.0.1:0"
[clusters.main]
bootstrap_servers = ["127.0.0.1:1"]
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "{plugin}"
{more}""")
        return path
    return write


def refused_line(path: Path) -> str:
    """Where the findings of this configuration are, as `validate` begins a line."""
    number = next(i for i, line in enumerate(path.read_text().splitlines(), 1) if line.startswith("plugin.path"))
    return f"{path}:{number}:15: error: pipelines.orders.plugin.path: "


def log_line(errors: str, event: str) -> dict:
    lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    found, = (line for line in lines if line.get("event") == event)
    return found


@pytest.mark.parametrize(("in_constructor", "in_create", "what"), [
    (ABORT, "", "was ended by SIGABRT (Aborted) while its library was loaded"),
    ("std::exit(0);", "", "exited with code 0 while its library was loaded"),
    ("", ABORT, "was ended by SIGABRT (Aborted) in create"),
    ("", "throw 1;", "could not be created for pipeline orders"),
])
def test_what_ends_the_probe_is_a_finding_and_ends_nothing_else(in_constructor, in_create, what, trouble, configure,
                                                                tidegate):
    path = configure(trouble(in_constructor, in_create))
    validated = tidegate("validate", path)
    assert validated.returncode == REFUSED
    assert refused_line(path) in validated.stderr and what in validated.stderr
    ran = tidegate("run", "-c", path)
    assert ran.returncode == REFUSED
    line = log_line(ran.stderr, "plugin_refused")
    assert what in line["error"] and line["file"] == str(path) and line["line"] == 9 and line["column"] == 15


@pytest.mark.parametrize(("in_constructor", "in_create", "where"), [
    (HANG, "", "while its library was loaded"), ("", HANG, "in create")])
def test_what_hangs_is_ended_at_the_time_limit(in_constructor, in_create, where, trouble, configure, tidegate):
    plugin = trouble(in_constructor, in_create)
    for limit in (0.5, 2, 8, 32):  # on a busy machine the child does not get that far so soon, and the text says so
        path = configure(plugin, f'plugin.probe_timeout = "{int(limit * 1000)}ms"')
        began = time.monotonic()
        ran = tidegate("run", "-c", path)
        assert ran.returncode == REFUSED and time.monotonic() - began < limit + 60
        assert log_line(ran.stderr, "plugin_refused")["reason"] == "probe_hung"
        assert f"had not ended after {limit} s and was ended" in ran.stderr
        assert "plugin.probe_timeout" in ran.stderr
        if f"was ended {where}" in ran.stderr:
            return
    pytest.fail(f"it never hung {where}: {ran.stderr}")


def test_its_real_configuration_is_tried(trouble, configure, tidegate):
    plugin = trouble(in_create='if (config.find("bad") != std::string_view::npos) throw std::string("no");')
    assert tidegate("validate", configure(plugin, 'plugin.config.table = "good"')).returncode == 0
    validated = tidegate("validate", configure(plugin, 'plugin.config.table = "bad"'))
    assert validated.returncode == REFUSED and "plugin.config" in validated.stderr


def test_no_code_runs_where_that_is_asked_for(trouble, configure, tidegate):
    path = configure(trouble(in_constructor=ABORT))
    assert tidegate("validate", "--no-probe", path).returncode == 0
    assert tidegate("validate", "--offline", path).returncode == 0
    assert tidegate("validate", path).returncode == REFUSED


def test_validate_leaves_nothing_where_the_host_keeps_its_own(trouble, configure, tidegate, tmp_path):
    """It may be run by another user than the host, who could not use what it left."""
    assert tidegate("validate", configure(trouble())).returncode == 0
    assert not (tmp_path / "state").exists()


def test_pinned_file_is_the_only_one_that_is_loaded(trouble, configure, tidegate):
    plugin = trouble()
    sha256 = run("sha256sum", plugin).stdout.split()[0]
    assert tidegate("validate", configure(plugin, f'plugin.sha256 = "{sha256.upper()}"')).returncode == 0
    validated = tidegate("validate", configure(plugin, f'plugin.sha256 = "{"0" * 64}"'))
    assert validated.returncode == REFUSED and sha256 in validated.stderr and "pins 000" in validated.stderr


def test_file_that_others_can_write_is_refused_unless_it_is_pinned(trouble, configure, tidegate):
    plugin = trouble(in_constructor='write(2, "it runs", 7);')
    plugin.chmod(0o757)
    validated = tidegate("validate", configure(plugin))
    assert validated.returncode == REFUSED
    assert "can be written by everybody" in validated.stderr and "chmod go-w" in validated.stderr
    assert "it runs" not in validated.stderr
    sha256 = run("sha256sum", plugin).stdout.split()[0]
    assert tidegate("validate", configure(plugin, f'plugin.sha256 = "{sha256}"')).returncode == 0
    plugin.chmod(0o755)
    plugin.parent.chmod(0o777)
    validated = tidegate("validate", configure(plugin))
    assert validated.returncode == REFUSED and f"its folder {plugin.parent} can be written" in validated.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_file_of_another_user_is_refused(trouble, configure, tidegate):
    plugin = trouble()
    os.chown(plugin, 65534, 65534)
    validated = tidegate("validate", configure(plugin))
    assert validated.returncode == REFUSED and "belongs to user" in validated.stderr


@pytest.mark.parametrize(("option", "complaint"), [
    ("-Wl,-z,execstack", "executable stack"),
    ("-Wl,-rpath,relative/folder", "has a relative or empty part"),
])
def test_what_the_linker_was_asked_for_is_refused(option, complaint, compile_plugin, configure, tidegate):
    plugin = compile_plugin(SOURCES / "plugin.c", "gcc", "-std=c11", option)
    validated = tidegate("validate", "--no-probe", configure(plugin))
    assert validated.returncode == REFUSED and complaint in validated.stderr


def test_text_relocations_are_refused(sdk, configure, tidegate, tmp_path):
    """Code that is not position-independent, with the linker's complaint switched off."""
    source = tmp_path / "text.s"
    source.write_text('.text\n.globl reach\n.hidden reach\nreach:\n  movabs $reach, %rax\n  ret\n'
                      '.section .note.GNU-stack,"",@progbits\n')
    if os.uname().machine != "x86_64":
        pytest.skip("the assembler source is for x86-64")
    plugin = tmp_path / "text.so"
    run("gcc", "-std=c11", "-shared", "-fPIC", "-I", sdk / "include", SOURCES / "plugin.c", source, "-Wl,-z,notext",
        "-o", plugin)
    validated = tidegate("validate", "--no-probe", configure(plugin))
    assert validated.returncode == REFUSED and "text relocations" in validated.stderr


def test_library_beside_the_plugin_is_not_beside_its_private_copy(compile_plugin, configure, tidegate, tmp_path):
    (tmp_path / "helper.c").write_text("int helper(void) { return 1; }\n")
    run("gcc", "-shared", "-fPIC", tmp_path / "helper.c", "-o", tmp_path / "libhelper.so")
    source = tmp_path / "needs_helper.c"
    source.write_text((SOURCES / "plugin.c").read_text() + "int helper(void);\nint use(void) { return helper(); }\n")
    flags = ("gcc", "-std=c11", "-Wl,--no-as-needed", f"-L{tmp_path}", "-lhelper")
    beside = compile_plugin(source, *flags, "-Wl,-rpath,$ORIGIN", name="beside")
    validated = tidegate("validate", configure(beside))
    assert validated.returncode == REFUSED
    assert "libhelper.so" in validated.stderr and "private copy" in validated.stderr
    named = compile_plugin(source, *flags, f"-Wl,-rpath,{tmp_path}", name="named")
    assert tidegate("validate", configure(named)).returncode == 0


@pytest.mark.parametrize("command", ["child-worker", "child-probe", "child-check"])
def test_hidden_commands_say_that_they_are_not_for_people(command, tidegate):
    """Also where somebody has seen in ps what a host writes behind them: its process id and a user."""
    for arguments in ([], ["--help"], [os.getpid()], [os.getpid(), "-"], [os.getpid(), "-", "core-dumps"]):
        done = tidegate(command, *arguments)
        assert (done.returncode, done.stdout) == (64, ""), arguments
        line, = done.stderr.splitlines()
        assert "not for people" in line and "tidegate --help" in line
