#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy (which also reports clang's lock analysis) over the sources, and every header compiled alone.

A file that was clean is not looked at again until it, a file of ours that it includes, the settings or the tool
change: the key of a result is a hash of all of them. Only clean results are remembered.

  static_checks.py --build build/tidy --cache .deps/tidy-cache [--jobs N] [folder...]
"""
from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sources  # noqa: E402

FOLDERS = ("host", "plugins", "plugin-sdk")
TELL_EVERY = 20
FORGET_AFTER_SECONDS = 30 * 24 * 3600
NOISE = re.compile(r"^\d+ warnings?( and \d+ errors?)? generated\.$|^Suppressed \d+ warnings|^Use -header-filter")


@dataclasses.dataclass(frozen=True)
class Check:
    """One run of one tool. `name` is the file it is about."""
    name: str
    command: tuple[str, ...]
    key: str


def version_of(tool: str) -> str:
    return subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout


def digest(parts: list[str], names: frozenset[str]) -> str:
    """Wherever the tree lies: the same text has the same key."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(part.replace(str(sources.ROOT), "").encode() + b"\0")
    for name in sorted(names):
        hasher.update(f"{name}\0{sources.text(name)}\0".encode())
    return hasher.hexdigest()


def compile_commands(build: Path) -> dict[str, list[str]]:
    """Per source file of ours, as a path below the root: compiler and flags, without input and output.

    The preset `tidy` has no compiler launcher: clang-tidy would take its arguments for the compiler's.
    """
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if not path.is_relative_to(sources.ROOT):
            continue
        arguments = shlex.split(entry["command"])
        commands[str(path.relative_to(sources.ROOT))] = arguments[:arguments.index("-o")]
    return commands


def tidy_checks(build: Path, commands: dict[str, list[str]], folders: tuple[str, ...]) -> list[Check]:
    settings = [version_of("clang-tidy"), (sources.ROOT / ".clang-tidy").read_text()]
    return [Check(name, ("clang-tidy", "-p", str(build), "--quiet", str(sources.ROOT / name)),
                  digest(["tidy", *settings, *flags], sources.closure(name)))
            for name, flags in commands.items() if name.split("/")[0] in folders and (sources.ROOT / name).is_file()]


def header_checks(commands: dict[str, list[str]], folders: tuple[str, ...]) -> list[Check]:
    """Headers that are not the first include of a checked source: for those the source is the proof already."""
    proven = set()
    for name in commands:
        if name.split("/")[0] in folders and (sources.ROOT / name).is_file() and sources.includes(name):
            proven.add(sources.resolve(name, sources.includes(name)[0][1]))
    like = next((name for name in commands if name.startswith("host/") and name.endswith(".cpp")), None)
    if like is None:
        raise SystemExit("no C++ source of the host in compile_commands.json")
    flags = tuple(flag for flag in commands[like] if flag != "-c")
    version = version_of("clang++")
    return [Check(name, (*flags, "-fsyntax-only", "-x", "c++", "-include", str(sources.ROOT / name), "/dev/null"),
                  digest(["header", version, *flags], sources.closure(name)))
            for name in sources.cxx_files(*folders)
            if name.endswith((".h", ".hpp")) and name not in proven]


def run(check: Check) -> tuple[Check, bool, list[str]]:
    done = subprocess.run(check.command, cwd=sources.ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not NOISE.match(line)]
    return check, done.returncode == 0, lines


def forget_old(cache: Path) -> None:
    limit = time.time() - FORGET_AFTER_SECONDS
    for marker in cache.iterdir():
        if marker.stat().st_mtime < limit:
            marker.unlink(missing_ok=True)


def run_all(checks: list[Check], cache: Path, jobs: int) -> list[str]:
    """Runs what is not known to be clean, prints complaints as they come, returns the files that have some."""
    cache.mkdir(parents=True, exist_ok=True)
    pending = []
    for check in checks:
        marker = cache / check.key
        if marker.exists():
            os.utime(marker)
        else:
            pending.append(check)
    print(f"    {len(checks)} checks, {len(checks) - len(pending)} of them known to be clean", flush=True)
    failed, printed = [], set()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for number, (check, clean, lines) in enumerate(pool.map(run, pending), 1):
            if number % TELL_EVERY == 0:
                print(f"    {number} of {len(pending)}", flush=True)
            if clean:
                (cache / check.key).touch()
                continue
            failed.append(check.name)
            # What is wrong in a header is reported by each source that includes it; once is enough.
            text = "\n".join(lines)
            if text not in printed:
                print(f"--- {check.name}\n{text}", flush=True)
                printed.add(text)
    forget_old(cache)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="a configured build folder")
    parser.add_argument("--cache", type=Path, required=True, help="where clean results are remembered")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("folders", nargs="*", default=FOLDERS, help=f"default: {' '.join(FOLDERS)}")
    options = parser.parse_args()
    folders = tuple(options.folders)
    commands = compile_commands(options.build)
    checks = tidy_checks(options.build, commands, folders) + header_checks(commands, folders)
    failed = run_all(checks, options.cache, options.jobs)
    if failed:
        print(f"    complaints about {len(failed)} files: {' '.join(sorted(failed))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
