# SPDX-License-Identifier: Apache-2.0
"""The headers compile in every language version they promise, each alone, without a warning."""

from __future__ import annotations

import pytest
from conftest import ROOT, compiler_command, need, run

INCLUDE = ROOT / "plugin-sdk" / "include"
HEADERS = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c11", "c17"])
def test_contract_compiles_as_c(compiler, standard, tmp_path):
    need(compiler)
    source = tmp_path / "header.c"
    source.write_text('#include <tidegate/plugin.h>\nTIDEGATE_IDENTITY("n", "1");\n'
                      "int f(const tidegate_message* m);\n"
                      "int f(const tidegate_message* m) { return TIDEGATE_HAS(m, deadline_ns); }\n")
    run(compiler, f"-std={standard}", *WARNINGS, "-I", INCLUDE, "-c", source, "-o", tmp_path / "o")


@pytest.mark.parametrize("compiler", ["g++", "clang++", "libc++"])
@pytest.mark.parametrize("standard", ["c++17", "c++20"])
@pytest.mark.parametrize("header", ["tidegate/plugin.h", *HEADERS])
def test_header_compiles_alone_as_cpp(compiler, standard, header, tmp_path):
    source = tmp_path / "header.cpp"
    source.write_text(f"#include <{header}>\n"
                      "bool f(const tidegate_message* m);\n"
                      "bool f(const tidegate_message* m) { return TIDEGATE_HAS(m, deadline_ns); }\n")
    run(*compiler_command(compiler, tmp_path), f"-std={standard}", *WARNINGS, "-Wnon-virtual-dtor",
        "-Wold-style-cast", "-I", INCLUDE, "-c", source, "-o", tmp_path / "o")


def test_contract_includes_nothing_but_stddef_and_stdint():
    lines = (INCLUDE / "tidegate" / "plugin.h").read_text().splitlines()
    assert [line for line in lines if line.startswith("#include")] == ["#include <stddef.h>", "#include <stdint.h>"]
