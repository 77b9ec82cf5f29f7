# SPDX-License-Identifier: Apache-2.0
"""Plugins in three languages, and one C++ library beside another, handle the same messages the same way."""

from __future__ import annotations

import pytest
from conftest import SOURCES, binary, cargo_project, compiler_command, exported_symbols, run

OK, FAIL, DROP, EXCEPTION = 0, 2, 5, 7
# Values of driver.cpp's messages: good, bad, headers, throw, absent.
PLAIN = [OK, FAIL, OK, OK, DROP]
PLAIN_REASONS = ["", "bad value", "", "", "tombstone"]


def test_c_plugin_handles_messages(compile_plugin, drive):
    ran = drive(compile_plugin(SOURCES / "plugin.c"))
    assert ran.code == 0, ran.errors
    assert (ran.statuses(), ran.reasons()) == (PLAIN, PLAIN_REASONS)


@pytest.mark.parametrize("compiler", ["g++", "clang++", "libc++"])
def test_cpp_plugin_handles_messages(compiler, compile_plugin, drive, tmp_path):
    plugin = compile_plugin(SOURCES / "plugin.cpp", *compiler_command(compiler, tmp_path), "-std=c++17")
    if compiler == "libc++":
        needed = run("readelf", "--dynamic", plugin).stdout
        assert "libc++.so" in needed and "libstdc++" not in needed
    ran = drive(plugin)
    assert ran.code == 0, ran.errors
    assert ran.statuses() == [OK, FAIL, OK, EXCEPTION, DROP]
    assert ran.reasons() == ["", "bad value", "", "thrown on purpose", "tombstone"]
    assert "example is ready for driver" in ran.errors


def test_rust_plugin_handles_messages(sdk, drive, tmp_path):
    plugin = cargo_project(sdk, SOURCES / "plugin.rs", tmp_path / "cargo")
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    ran = drive(plugin)
    assert ran.code == 0, ran.errors
    assert ran.statuses() == [OK, FAIL, OK, EXCEPTION, DROP]
    assert ran.reasons() == ["", "bad value", "", "thrown on purpose", "tombstone"]
    assert "example is ready for driver" in ran.errors
    identity = run(binary(), "plugin", "inspect", plugin).stdout
    assert "rust-example 1.0.0" in identity and "rustc 1." in identity


def test_rust_plugin_whose_panics_would_end_the_host_does_not_build(sdk, tmp_path):
    with pytest.raises(AssertionError, match="a panic would end the host"):
        cargo_project(sdk, SOURCES / "plugin.rs", tmp_path / "cargo", '[profile.release]\npanic = "abort"\n')


@pytest.mark.parametrize("language", ["c", "rs"])
def test_refused_create_brings_its_reason_to_the_operator(language, compile_plugin, sdk, drive, tmp_path):
    source = SOURCES / f"plugin.{language}"
    plugin = compile_plugin(source) if language == "c" else cargo_project(sdk, source, tmp_path / "cargo")
    ran = drive(plugin, {"key": 1})
    assert ran.code == 78
    assert "create_failed" in ran.errors and "no configuration is known" in ran.errors
