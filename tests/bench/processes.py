# SPDX-License-Identifier: Apache-2.0
"""Runs one child to its end and says what it used: CPU of the whole process, peak memory."""
from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from pathlib import Path

LOOK_SECONDS = 0.05  # between two looks at the child; its peak only grows, so the last one tells


class Failed(Exception):
    """A child did not do what it was started for."""


@dataclasses.dataclass
class Finished:
    stdout: str
    stderr: str
    cpu_seconds: float
    peak_mib: float


def _peak_kib(pid: int) -> int:
    # Not ru_maxrss: after an exec that still counts the memory of the process that forked.
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def run(argv: list, folder: Path, timeout: float, environment: dict | None = None,
        stop_after: float | None = None) -> Finished:
    """Runs argv with its output in files of folder. stop_after: seconds until SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "stdout", folder / "stderr"
    begun = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=stdout,
                                 stderr=stderr, env=dict(os.environ, **(environment or {})))
    peak_kib = 0
    pid, status, usage = 0, 0, None
    try:
        while True:
            peak_kib = max(peak_kib, _peak_kib(child.pid))
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if stop_after is not None and time.monotonic() - begun > stop_after:
                child.terminate()
                stop_after = None
            if time.monotonic() - begun > timeout:
                raise Failed(f"{argv[0]} did not end within {timeout:.0f} s; see {folder}")
            time.sleep(LOOK_SECONDS)
    finally:
        if not pid:
            child.kill()
            child.wait()
    child.returncode = os.waitstatus_to_exitcode(status)
    finished = Finished(out.read_text(errors="replace"), err.read_text(errors="replace"),
                        usage.ru_utime + usage.ru_stime, peak_kib / 1024)
    if child.returncode != 0:
        tail = "\n".join((finished.stdout + finished.stderr).splitlines()[-15:])
        raise Failed(f"{argv[0]} ended with {child.returncode}:\n{tail}")
    return finished
