# SPDX-License-Identifier: Apache-2.0
"""The files of the project, and what they include. No third-party file is ever looked at."""
from __future__ import annotations

import functools
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CXX_SUFFIXES = (".c", ".h", ".cpp", ".hpp")
SDK_INCLUDE = "plugin-sdk/include"
NOT_OURS = {".git", ".deps", "build", "__pycache__", ".pytest_cache", ".cache"}

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


@functools.cache
def all_files() -> tuple[str, ...]:
    """Tracked files and new ones that are not ignored, as paths below the root; without git, whatever is there."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        names = [name for name in listing.stdout.split("\0") if name]
    else:
        names = []
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [name for name in folders if name not in NOT_OURS]
            names += [str((Path(folder) / name).relative_to(ROOT)) for name in files]
    return tuple(sorted({name for name in names if (ROOT / name).is_file()}))


def cxx_files(*folders: str) -> list[str]:
    """C and C++ files below one of the folders; everywhere without an argument."""
    return [name for name in all_files()
            if name.endswith(CXX_SUFFIXES) and (not folders or name.split("/")[0] in folders)]


@functools.cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


@functools.cache
def includes(name: str) -> tuple[tuple[str, str], ...]:
    """(delimiter, path) of each include directive, in order."""
    return tuple(_INCLUDE.findall(text(name)))


def resolve(including: str, path: str) -> str | None:
    """The file of ours that an include means, or None for a library's."""
    for candidate in (path, f"{SDK_INCLUDE}/{path}", str(Path(including).parent / path)):
        if (ROOT / candidate).is_file():
            return candidate
    return None


@functools.cache
def closure(name: str) -> frozenset[str]:
    """The file and all files of ours that it includes, whatever its conditionals say."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        resolved = (resolve(current, path) for _, path in includes(current))
        waiting += [found for found in resolved if found]
    return frozenset(seen)
