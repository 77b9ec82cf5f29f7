# SPDX-License-Identifier: Apache-2.0
"""What it takes to run a Kafka node as a child: Java, jars, its first answer, its end."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import struct
import time
from pathlib import Path

from ports import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
STOP_DEADLINE_SECONDS = 30
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # here: nothing may be imported between fork and exec


class KafkaUnavailable(Exception):
    """Kafka could not be started here; the text says why and what to do."""


def jars(version: str = "*") -> Path:
    """The folder with the jars of this Kafka, of the newest by default; raises KafkaUnavailable when
    `./dev setup` has not made it."""
    folders = (ROOT / ".deps").glob(f"kafka-{version}/kafka_*.jar")
    found = sorted((jar.parent for jar in folders), key=version_of)
    if not found:
        raise KafkaUnavailable(f"no Kafka jars in .deps/kafka-{version}: run ./dev setup")
    return found[-1]


def version_of(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.name.removeprefix("kafka-").split("."))


def java() -> str:
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else None
    found = found or shutil.which("java")
    if found is None:
        raise KafkaUnavailable("no java (17 or newer) on PATH: run ./dev setup")
    return found


def die_with_parent() -> None:
    """For preexec_fn: the kernel kills this child when the thread that started it ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def answers(port: int, brokers: int = 1, timeout: float = 2.0) -> bool:
    """Whether a broker on this port answers a metadata request and lists so many brokers."""
    client = b"probe"
    body = struct.pack(">hhih", 3, 4, 1, len(client)) + client + struct.pack(">i?", 0, False)
    try:
        with socket.create_connection((LOOPBACK, port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as stream:
                (size,) = struct.unpack(">i", stream.read(4))
                answer = stream.read(size)
        (listed,) = struct.unpack(">i", answer[8:12])  # behind correlation id and throttle time
        return listed >= brokers
    except (OSError, struct.error):
        return False


def end_process_group(pid: int, has_ended) -> None:
    """SIGTERM to the group that `pid` leads, SIGKILL when that was not enough in time."""
    for number, patience in ((signal.SIGTERM, STOP_DEADLINE_SECONDS), (signal.SIGKILL, 10)):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if has_ended():
                return
            time.sleep(0.05)
