# SPDX-License-Identifier: Apache-2.0
"""Ports for servers that must know theirs before they listen, and be found on it again when they are
started anew."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
FIRST = 10_000
TRIES = 10_000
_claims: list[socket.socket] = []  # until this process ends


def free_port() -> int:
    """Nobody listens there, no other test will, and the kernel gives it to no connection as its own
    end, as it does with those above: a server would find such a one taken a moment later."""
    end = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    chance = random.SystemRandom()
    for _ in range(TRIES):
        port = chance.randrange(FIRST, end)
        if (claim := _bound(socket.AF_UNIX, f"\0tidegate-test-port-{port}")) is None:
            continue
        if (probe := _bound(socket.AF_INET, (LOOPBACK, port))) is None:
            claim.close()
            continue
        probe.close()
        _claims.append(claim)
        return port
    raise RuntimeError(f"no port between {FIRST} and {end} was free in {TRIES} tries")


def _bound(family: socket.AddressFamily, address: object) -> socket.socket | None:
    """A socket with this address, which no other one has until it is closed."""
    made = socket.socket(family)
    try:
        made.bind(address)
    except OSError:
        made.close()
        return None
    return made
