# SPDX-License-Identifier: Apache-2.0
"""What this host does not run is refused with its file, the reason and a cure, before any of its code runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import REFUSED, SOURCES, run

# A library whose constructor leaves a trace: the file it makes proves that code of it has run.
TRACED = """
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void leave_trace(void) {
  FILE* file = fopen(getenv("TRACE"), "w");
  if (file != NULL) fclose(file);
}
"""


class Trace:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.environment = {"TRACE": str(path)}

    def found(self) -> bool:
        return self.path.exists()


@pytest.fixture
def trace(tmp_path) -> Trace:
    return Trace(tmp_path / "trace")


def write_traced(tmp_path: Path, before: str = "", after: str = "") -> Path:
    source = tmp_path / "traced.c"
    source.write_text(before + TRACED + (SOURCES / "plugin.c").read_text() + after)
    return source


def assert_refused(ran, reason: str, *texts: str) -> None:
    assert ran.code == REFUSED, ran.errors
    assert ran.errors.splitlines()[-1].startswith(reason + ": "), ran.errors
    for text in texts:
        assert text in ran.errors


def test_trace_shows_when_code_runs(compile_plugin, drive, trace, tmp_path):
    """Without this, the tests below could not fail."""
    ran = drive(compile_plugin(write_traced(tmp_path)), environment=trace.environment)
    assert ran.code == 0 and trace.found()


def test_other_major_is_refused_with_both_numbers(compile_plugin, drive, trace, tmp_path, sdk):
    header = sdk / "include" / "tidegate" / "plugin.h"
    newer = tmp_path / "newer" / "tidegate"
    newer.mkdir(parents=True)
    (newer / "plugin.h").write_text(header.read_text().replace("TIDEGATE_ABI_MAJOR 1", "TIDEGATE_ABI_MAJOR 2")
                                    .replace("tidegate_plugin_v1", "tidegate_plugin_v2"))
    source = write_traced(tmp_path)
    source.write_text(source.read_text().replace("tidegate_plugin_v1", "tidegate_plugin_v2"))
    plugin = compile_plugin(source, "gcc", "-std=gnu11", "-I", str(tmp_path / "newer"))
    ran = drive(plugin, environment=trace.environment)
    assert_refused(ran, "abi_mismatch", "ABI 2.0", "ABI 1.0", str(plugin))
    assert not trace.found()


def test_later_minor_that_is_needed_is_refused(compile_plugin, drive, trace, tmp_path):
    plugin = compile_plugin(write_traced(tmp_path, before="#define TIDEGATE_NEEDS_MINOR 7\n"))
    ran = drive(plugin, environment=trace.environment)
    assert_refused(ran, "abi_mismatch", "1.7", "1.0")
    assert not trace.found()


def test_text_file_is_refused(drive, tmp_path):
    plugin = tmp_path / "plugin.so"
    plugin.write_text("bool handle(const tidegate::Message& message);\n")
    assert_refused(drive(plugin), "not_elf", str(plugin), "no ELF file")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_truncated_file_is_refused(share, compile_plugin, drive, trace, tmp_path):
    whole = compile_plugin(write_traced(tmp_path))
    # Behind the last segment come only section headers, which nobody needs to load it.
    ends = [int(line.split()[1], 16) + int(line.split()[4], 16)
            for line in run("readelf", "--segments", "--wide", whole).stdout.splitlines()
            if line.split()[:1] == ["LOAD"]]
    cut = tmp_path / "cut.so"
    cut.write_bytes(whole.read_bytes()[:int(max(ends) * share)])
    assert_refused(drive(cut, environment=trace.environment), "damaged", "truncated")
    assert not trace.found()


def test_executable_is_refused(drive, trace, tmp_path):
    source = tmp_path / "program.c"
    source.write_text(TRACED + "int main(void) { return 0; }\n")
    run("gcc", source, "-o", tmp_path / "program")
    assert_refused(drive(tmp_path / "program", environment=trace.environment), "wrong_kind", "executable")
    assert not trace.found()


def test_library_that_is_no_plugin_is_refused(drive, trace, tmp_path):
    source = tmp_path / "library.c"
    source.write_text(TRACED)
    run("gcc", "-shared", "-fPIC", source, "-o", tmp_path / "library.so")
    assert_refused(drive(tmp_path / "library.so", environment=trace.environment), "no_identity", "no Tidegate plugin")
    assert not trace.found()


def test_hidden_table_is_refused(compile_plugin, drive, trace, tmp_path):
    source = write_traced(tmp_path)
    text = source.read_text().replace("const tidegate_plugin tidegate_plugin_v1 =",
                                      "const tidegate_plugin another_name =")
    source.write_text(text)
    assert_refused(drive(compile_plugin(source), environment=trace.environment), "bad_table", "tidegate_plugin_v1")
    assert not trace.found()


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["missing", "directory"])
def test_what_is_no_file_is_refused(make, drive, tmp_path):
    make(tmp_path / "plugin.so")
    assert_refused(drive(tmp_path / "plugin.so"), "not_found", "plugin.path")


def test_missing_library_is_named(compile_plugin, drive, trace, tmp_path):
    helper = tmp_path / "libhelper.so"
    (tmp_path / "helper.c").write_text("int helper(void) { return 1; }\n")
    run("gcc", "-shared", "-fPIC", tmp_path / "helper.c", "-o", helper)
    source = tmp_path / "needs_helper.c"
    source.write_text(TRACED + (SOURCES / "plugin.c").read_text() + "int helper(void);\nint use(void) { return helper(); }\n")
    plugin = compile_plugin(source, "gcc", "-std=c11", "-Wl,--no-as-needed", f"-L{tmp_path}", "-lhelper")
    helper.unlink()
    ran = drive(plugin, environment=trace.environment)
    assert_refused(ran, "needs_library", "libhelper.so", "link it statically")
    assert not trace.found()


def test_newer_glibc_is_refused_with_both_versions(compile_plugin, drive, trace, tmp_path):
    """As if it were built on a system of next year: the number of a version that it needs, changed in the file."""
    plugin = compile_plugin(write_traced(tmp_path))
    needed = {line.split("GLIBC_")[1].split()[0] for line in run("readelf", "-V", plugin).stdout.splitlines()
              if "Name: GLIBC_" in line}
    version = max(needed, key=lambda text: [int(part) for part in text.split(".")])
    newer = version[:-1] + "9" if len(version) > 3 else "9" + version[1:]
    plugin.write_bytes(plugin.read_bytes().replace(f"GLIBC_{version}\0".encode(), f"GLIBC_{newer}\0".encode()))
    assert_refused(drive(plugin, environment=trace.environment), "needs_newer", f"GLIBC_{newer}", "older one")
    assert not trace.found()
