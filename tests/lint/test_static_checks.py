# SPDX-License-Identifier: Apache-2.0
"""The linters find what they are there for: each is shown one fault and must complain."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

import sources
import static_checks

UNGUARDED = """\
#include "host/base/mutex.hpp"
class Counter {
 public:
  int value() { return value_; }
 private:
  tidegate::Mutex mutex_;
  int value_ TIDEGATE_GUARDED_BY(mutex_) = 0;
};
int read(Counter& counter) { return counter.value(); }
"""
GUARDED = UNGUARDED.replace("{ return value_; }", "{ const tidegate::MutexLock lock(mutex_); return value_; }")
USED_AFTER_MOVE = """\
#include <string>
#include <utility>
std::string twice(std::string text) {
  std::string moved = std::move(text);
  return moved + text;
}
"""
BADLY_NAMED = "int ReadNumber() { return 1; }\n"


def complaints(folder: Path, code: str) -> str:
    """What clang-tidy says about the code, compiled as the host is."""
    source = folder / "snippet.cpp"
    source.write_text(code)
    flags = ["-std=c++20", f"-I{sources.ROOT}", "-Wall", "-Wthread-safety", "-Werror"]
    (folder / "compile_commands.json").write_text(json.dumps([{
        "directory": str(folder), "file": str(source), "arguments": ["clang++", *flags, "-c", str(source)]}]))
    check = static_checks.Check("snippet.cpp", (
        "clang-tidy", "-p", str(folder), "--quiet", f"--config-file={sources.ROOT / '.clang-tidy'}", str(source)), "")
    _, clean, lines = static_checks.run(check)
    assert clean == (not lines)
    return "\n".join(lines)


@pytest.mark.parametrize(("code", "complaint"), [
    (UNGUARDED, "thread-safety-analysis"),
    (USED_AFTER_MOVE, "bugprone-use-after-move"),
    (BADLY_NAMED, "readability-identifier-naming"),
])
def test_a_fault_is_found(tmp_path, code, complaint):
    assert complaint in complaints(tmp_path, code)


def test_clean_code_draws_no_complaint(tmp_path):
    assert complaints(tmp_path, GUARDED) == ""


def test_a_header_that_leans_on_its_includer_is_found(tmp_path):
    header = tmp_path / "leaning.hpp"
    header.write_text("#pragma once\ninline std::string text() { return {}; }\n")
    command = ("clang++", "-std=c++20", "-fsyntax-only", "-x", "c++", "-include", str(header), "/dev/null")
    _, clean, _ = static_checks.run(static_checks.Check("leaning.hpp", command, ""))
    assert not clean


def test_a_result_is_forgotten_when_an_included_file_changes(monkeypatch):
    name = "host/base/mutex.hpp"
    included = "host/base/thread_annotations.hpp"
    assert included in sources.closure(name)
    before = static_checks.digest(["x"], sources.closure(name))
    original = sources.text
    monkeypatch.setattr(sources, "text", lambda file: original(file) + ("//" if file == included else ""))
    assert static_checks.digest(["x"], sources.closure(name)) != before


def test_complaints_are_never_remembered(tmp_path):
    cache = tmp_path / "cache"
    failing = static_checks.Check("a", ("false",), "key-of-a")
    passing = static_checks.Check("b", ("true",), "key-of-b")
    assert static_checks.run_all([failing, passing], cache, 1) == ["a"]
    assert [marker.name for marker in cache.iterdir()] == ["key-of-b"]
