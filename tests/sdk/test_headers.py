# SPDX-License-Identifier: Apache-2.0
"""The headers compile in every language version they promise, each alone, without a warning."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, compiler_command, need, run

INCLUDE = ROOT / "plugin-sdk" / "include"
HEADERS = sorted(path.relative_to(INCLUDE).as_posix() for path in INCLUDE.rglob("*.hpp"))
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def compile_alone(folder: Path, source: str, text: str, *command: str) -> None:
    """Through ccache where there is one: what a compiler has taken without a warning it takes again. Without a path of
    its own in it, or no two runs would compile the same."""
    (folder / source).write_text(text)
    cache = ["ccache"] if shutil.which("ccache") else []
    run(*cache, *command, *WARNINGS, "-I", INCLUDE, "-c", source, "-o", "header.o", cwd=folder,
        env={**os.environ, "CCACHE_BASEDIR": str(ROOT)})


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("standard", ["c11", "c17"])
def test_contract_compiles_as_c(compiler, standard, tmp_path):
    need(compiler)
    text = ('#include <tidegate/plugin.h>\nTIDEGATE_IDENTITY("n", "1");\n'
            "int f(const tidegate_message* m);\n"
            "int f(const tidegate_message* m) { return TIDEGATE_HAS(m, deadline_ns); }\n")
    compile_alone(tmp_path, "header.c", text, compiler, f"-std={standard}")


@pytest.mark.parametrize("compiler", ["g++", "clang++", "libc++"])
@pytest.mark.parametrize("standard", ["c++17", "c++20"])
@pytest.mark.parametrize("header", ["tidegate/plugin.h", *HEADERS])
def test_header_compiles_alone_as_cpp(compiler, standard, header, tmp_path):
    text = (f"#include <{header}>\n"
            "bool f(const tidegate_message* m);\n"
            "bool f(const tidegate_message* m) { return TIDEGATE_HAS(m, deadline_ns); }\n")
    compile_alone(tmp_path, "header.cpp", text, *compiler_command(compiler, tmp_path), f"-std={standard}",
                  "-Wnon-virtual-dtor", "-Wold-style-cast")


def test_contract_includes_nothing_but_stddef_and_stdint():
    lines = (INCLUDE / "tidegate" / "plugin.h").read_text().splitlines()
    assert [line for line in lines if line.startswith("#include")] == ["#include <stddef.h>", "#include <stdint.h>"]
