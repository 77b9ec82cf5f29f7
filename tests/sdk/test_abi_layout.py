# SPDX-License-Identifier: Apache-2.0
"""What a binary relies on is what the golden file of the contract's minor says, and a later minor only adds to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import need
from contract import FROZEN, HEADER, grow, layout, read_contract, write_header

COMMANDS = {"gcc c11": ["gcc", "-std=c11"], "clang c11": ["clang", "-std=c11"],
            "g++ c++17": ["g++", "-std=c++17", "-x", "c++"], "clang++ c++17": ["clang++", "-std=c++17", "-x", "c++"]}

WHAT_TO_DO = """
the contract of plugin.h is not that of {golden} any more.
* Not on purpose: take the change back. Plugins that are built and in use rely on every line of that file.
* On purpose, and the minor was released: only the end of a struct may grow, and constants and texts may be added.
  Raise TIDEGATE_ABI_MINOR, make plugin-sdk/abi/<major>.<minor>/ with a copy of the header and its golden file
  (README.md there has the command), and leave the older folders as they are.
* On purpose, before the first release: copy the header to plugin-sdk/abi/1.0/tidegate/ and make the golden file anew;
  say so in CHANGELOG.md."""


def golden_of(version: str) -> Path:
    return FROZEN / version / "plugin.golden"


def versions() -> list[str]:
    """The frozen ones, oldest first."""
    return sorted((path.name for path in FROZEN.iterdir() if path.is_dir()),
                  key=lambda name: [int(part) for part in name.split(".")])


def version_of(header: str) -> str:
    return ".".join(re.search(rf"^#define TIDEGATE_ABI_{part} (\d+)", header, re.M)[1] for part in ("MAJOR", "MINOR"))


def assert_grown(older: str, newer: str) -> None:
    """Every line of the older one stands in the newer one, but for sizes of growable structs, the minor, the note's abi;
    in each struct the newer fields come behind the older ones, and begin where the older struct ended."""
    size = re.compile(r"struct (\w+) size (\d+)")
    field = re.compile(r"  (\w+)\.(\w+) at (\d+) size (\d+)")
    gone = [line for line in older.splitlines() if line not in newer.splitlines() and
            not line.startswith(("struct ", "number TIDEGATE_ABI_MINOR ", "note "))]
    assert not gone, "these are gone or changed"
    before, after = dict(size.findall(older)), dict(size.findall(newer))
    assert not before.keys() - after.keys()
    known = {(name, member) for name, member, _, _ in field.findall(older)}
    for name, member, offset, _ in field.findall(newer):
        assert (name, member) in known or name not in before or int(offset) >= int(before[name]), \
            f"{name}.{member} is new and does not begin behind what {name} was"
    assert all(int(after[name]) >= int(before[name]) for name in before)
    for name in before.keys() - {name for name, member in known if member == "struct_size"}:
        assert after[name] == before[name], f"{name} has no struct_size, so it is frozen"


@pytest.mark.parametrize("compiler", COMMANDS)
def test_layout_is_the_golden_one(compiler, tmp_path):
    need(COMMANDS[compiler][0])
    golden = golden_of(version_of(HEADER.read_text()))
    what_to_do = WHAT_TO_DO.format(golden=golden.relative_to(FROZEN.parents[1]))
    assert golden.exists(), what_to_do
    assert layout(HEADER.parents[1], tmp_path, *COMMANDS[compiler]) == golden.read_text(), what_to_do


@pytest.mark.parametrize("version", versions())
def test_frozen_header_has_the_layout_that_was_frozen_with_it(version, tmp_path):
    header = FROZEN / version / "tidegate" / "plugin.h"
    assert version_of(header.read_text()) == version
    assert layout(header.parents[1], tmp_path) == golden_of(version).read_text(), "a frozen contract never changes"


def test_each_minor_only_adds_to_the_one_before():
    for older, newer in zip(versions(), versions()[1:]):
        assert_grown(golden_of(older).read_text(), golden_of(newer).read_text())


def test_growth_by_the_rules_is_accepted(tmp_path):
    write_header(tmp_path, grow(HEADER.read_text()))
    assert_grown(layout(HEADER.parents[1], tmp_path), layout(tmp_path, tmp_path))


@pytest.mark.parametrize(("old", "new"), [
    ("  uint32_t struct_size;\n  uint32_t flags;       /*", "  uint32_t struct_size;\n  uint64_t grown; uint32_t flags; /*"),
    ("int32_t partition;\n  uint32_t attempt", "uint32_t attempt; int32_t partition;\n  uint32_t another"),
    ("typedef int32_t tidegate_status", "typedef int64_t tidegate_status"),
    ("#define TIDEGATE_DROP          5", "#define TIDEGATE_DROP          9"),
    ("tidegate.emit/1", "tidegate.emit/2"),
    ("  size_t size;\n} tidegate_bytes", "  size_t size;\n  size_t more;\n} tidegate_bytes"),
    ("int32_t id, double value)", "int32_t id, float value)"),
    ("extern TIDEGATE_EXPORT const tidegate_plugin tidegate_plugin_v1", "extern TIDEGATE_EXPORT tidegate_plugin tidegate_plugin_v1"),
], ids=["in the middle", "swapped", "status", "number", "text", "frozen struct", "parameter", "export"])
def test_breach_of_the_rules_is_found(old, new, tmp_path):
    before = HEADER.read_text()
    assert old in before
    write_header(tmp_path, before.replace(old, new, 1))
    with pytest.raises(AssertionError):
        assert_grown(layout(HEADER.parents[1], tmp_path), layout(tmp_path, tmp_path))


def test_no_struct_ends_in_padding(tmp_path):
    """A field appended into padding leaves sizeof as it was: TIDEGATE_HAS would say yes for those who never wrote it."""
    text = layout(HEADER.parents[1], tmp_path)
    for name, size in re.findall(r"struct (\w+) size (\d+)", text):
        offset, width = re.findall(rf"  {name}\.\w+ at (\d+) size (\d+)", text)[-1]
        assert int(offset) + int(width) == int(size), f"{name} ends in padding: name it as a reserved field"


def test_every_name_of_the_header_is_pinned():
    text, golden = HEADER.read_text(), golden_of(version_of(HEADER.read_text())).read_text()
    names = set(re.findall(r"\btidegate_\w+(?=[ ;]*(?:\{|;))", re.sub(r"/\*.*?\*/", "", text, flags=re.S)))
    assert names >= set(read_contract(text).structs) and "tidegate_plugin_v1" in names
    assert not [name for name in names if not re.search(rf"\b{name}\b", golden)]
