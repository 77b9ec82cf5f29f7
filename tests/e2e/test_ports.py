# SPDX-License-Identifier: Apache-2.0
"""Ports of tests: of which no other process may get one while its test runs."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import ports

OTHER_TEST = """
import socket, ports, sys
wanted = int(sys.argv[1])
ports.random.SystemRandom = lambda: type("Always", (), {"randrange": lambda *_: wanted})()
ports.TRIES = 3
print(ports.free_port())
"""


def asked_by_another_test(port: int) -> subprocess.CompletedProcess[str]:
    """What another process gets whose chance names always this port."""
    return subprocess.run(
        [sys.executable, "-c", OTHER_TEST, str(port)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_port_is_one_tests_although_nobody_listens_there():
    refused = asked_by_another_test(ports.free_port())
    assert refused.returncode != 0 and "was free in 3 tries" in refused.stderr


def test_a_port_where_somebody_listens_is_given_to_nobody():
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        refused = asked_by_another_test(taken.getsockname()[1])
    assert refused.returncode != 0 and "was free in 3 tries" in refused.stderr


def test_the_kernel_gives_none_of_them_to_a_connection():
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(ports.FIRST <= ports.free_port() < first for _ in range(20))
