# SPDX-License-Identifier: Apache-2.0
"""Habits that a script can check: licence line, length, guards, no trace of one machine."""
from __future__ import annotations

import re

import pytest

import sources

LICENCE = "SPDX-License-Identifier: Apache-2.0"
# They cannot carry a comment, or are quoted whole.
WITHOUT_COMMENTS = (".json", ".png", ".svg", ".golden", "LICENSE", ".gitkeep")
LONGEST_FILE = 250
# Folders of one person's machine; a path that every machine has (/tmp, /etc, /usr) is fine. Tests may make up a home.
MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:home|Users|root|work|workspace|builds)/[\w.-]+")
MADE_UP_HOME = re.compile(r"/home/\w+")

EVERYTHING = [name for name in sources.all_files()]


def report(breaches: list[str]) -> None:
    assert not breaches, "\n" + "\n".join(breaches)


def test_every_file_names_its_licence():
    report([name for name in EVERYTHING
            if not name.endswith(WITHOUT_COMMENTS) and LICENCE not in "\n".join(sources.text(name).split("\n")[:5])])


def test_source_files_have_one_purpose_and_its_length():
    lengths = {name: len(sources.text(name).splitlines())
               for name in sources.cxx_files("host", "plugin-sdk", "plugins")}
    report([f"{name}: {lines} lines, and {LONGEST_FILE} are the limit"
            for name, lines in lengths.items() if lines > LONGEST_FILE])


def test_headers_are_guarded_by_pragma_once():
    report([name for name in sources.cxx_files()
            if name.endswith(".hpp") and not re.search(r"^#pragma once$", sources.text(name), re.MULTILINE)])


def test_no_file_names_a_folder_of_one_machine():
    report([f"{name}: {match.group()}" for name in EVERYTHING if name != "tests/lint/test_sources.py"
            for match in MACHINE_PATH.finditer(sources.text(name))
            if not (name.startswith("tests/") and MADE_UP_HOME.fullmatch(match.group()))])
    report([name for name in EVERYTHING if str(sources.ROOT) in sources.text(name)])


def test_locks_are_the_annotated_ones():
    """A plain std::mutex cannot be checked by clang."""
    plain = re.compile(r"\bstd::(mutex|shared_mutex|recursive_mutex|lock_guard|unique_lock|scoped_lock|condition_variable)")
    report([f"{name}: {match.group()}: use host/base/mutex.hpp"
            for name in sources.cxx_files("host") if name != "host/base/mutex.hpp"
            for match in plain.finditer(sources.text(name))])


@pytest.mark.parametrize(("line", "breach"), [
    ("see /home/alice/tidegate", True),
    ('"/root/.cache"', True),
    ("/usr/bin/python3 and /tmp/x and /etc/tidegate/tidegate.toml", False),
    ("$HOME/" "work/x, a/home/b, /var/lib/tidegate", False),
])
def test_machine_paths_are_recognised(line, breach):
    assert bool(MACHINE_PATH.search(line)) == breach
