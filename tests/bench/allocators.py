# SPDX-License-Identifier: Apache-2.0
"""The same drains under each malloc: evidence for the choice of TIDEGATE_ALLOCATOR.

One set of executables, the malloc put in front of the one they are linked with by LD_PRELOAD.
"""
from __future__ import annotations

import ctypes.util
import subprocess
from pathlib import Path

from clients import Client, Raw, Tidegate
from processes import Failed

# Debian: libtcmalloc-minimal4, libmimalloc2.0, libjemalloc2. The system's malloc is libc itself,
# which then has to stand before the linked one, and with it new and delete of libstdc++.
LIBRARIES = {
    "tcmalloc": ("tcmalloc_minimal",),
    "mimalloc": ("mimalloc",),
    "jemalloc": ("jemalloc",),
    "system": ("c", "stdc++"),
}


def preload(name: str) -> dict:
    files = [ctypes.util.find_library(library) for library in LIBRARIES[name]]
    if None in files:
        raise Failed(f"{name}: no such library here; apt-get install libmimalloc2.0 libjemalloc2")
    return {"LD_PRELOAD": " ".join(files)}


def linked(executable: Path) -> str:
    """Which of them an executable is linked with."""
    done = subprocess.run(["ldd", str(executable)], capture_output=True, text=True, check=False)
    return next((name for name, files in LIBRARIES.items()
                 if name != "system" and f"lib{files[0]}" in done.stdout), "system")


def clients_of(build: Path) -> list[Client]:
    made: list[Client] = []
    for name in LIBRARIES:
        environment = preload(name)
        made += [
            Raw(f"raw {name}", build / "bin" / "tidegate_bench_raw_system", environment),
            Tidegate(f"tidegate handle 4 {name}", build, "noop", 4, environment=environment),
            Tidegate(f"tidegate batch 1 {name}", build, "noop_batch", 1, environment=environment),
        ]
    return made
