# SPDX-License-Identifier: Apache-2.0
"""The ABI is what abi_layout.golden says: sizes, offsets and values, in every language that is a compiler's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, need, run

HERE = Path(__file__).resolve().parent
HEADER = ROOT / "plugin-sdk" / "include" / "tidegate" / "plugin.h"


@pytest.mark.parametrize("command", [["gcc", "-std=c11"], ["clang", "-std=c11"], ["g++", "-std=c++17", "-x", "c++"]],
                         ids=lambda command: command[0])
def test_layout_is_the_golden_one(command, tmp_path):
    need(command[0])
    program = tmp_path / "abi_layout"
    run(*command, "-I", ROOT / "plugin-sdk" / "include", HERE / "abi_layout.c", "-o", program)
    assert run(program).stdout.splitlines() == (HERE / "abi_layout.golden").read_text().splitlines()


def test_golden_file_knows_every_struct_and_constant():
    text = HEADER.read_text()
    golden = (HERE / "abi_layout.golden").read_text()
    structs = set(re.findall(r"^typedef struct (tidegate_\w+)", text, re.M))
    constants = set(re.findall(r"^#define (TIDEGATE_\w+) +[(\d]", text, re.M)) - {"TIDEGATE_NEEDS_MINOR"}
    assert structs and constants
    missing = [name for name in structs | constants if not re.search(rf"^{name} \S", golden, re.M)]
    assert not missing, "abi_layout.c does not print these"
