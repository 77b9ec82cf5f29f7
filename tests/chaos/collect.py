# SPDX-License-Identifier: Apache-2.0
"""From a run's files and topics to the evidence of one group."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

from copies import read_copies
from evidence import Copy, Evidence, Input, Place, Try
from failures import parse_attempt
from fleet import Life, periods, refusals
from kafka_view import Message, View
from position_log import read_until

HOW_OFTEN_THE_CLOCKS_ARE_COMPARED = 20
ATTEMPT_OF_REASON = re.compile(r": (\d+)/(\d+)$")  # plugins/ledger/README.md


def wall_minus_monotonic_ms() -> float:
    """What turns a handler's monotonic time into the brokers' wall clock. The best of a few, since
    the process may lose the processor between the two questions."""

    def once() -> tuple[float, float]:
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        return after - before, wall - (before + after) / 2

    return min(once() for _ in range(HOW_OFTEN_THE_CLOCKS_ARE_COMPARED))[1] / 1e6


def place_of(message: Message) -> Place:
    return Place(message.topic, message.partition, message.offset)


def read_inputs(kafka: View, topic: str) -> dict[Place, Input]:
    found: dict[Place, Input] = {}

    def take(m) -> None:
        found[Place(m.topic, m.partition, m.offset)] = Input(m.key, m.value)

    read_until(kafka.bootstrap, topic, kafka.starts(topic), kafka.ends(topic), take)
    return found


def read_tries(path: Path, offset_ms: float) -> list[Try]:
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        call, _, answer = parse_attempt(line)
        found.append(
            Try(
                place_of(call.message),
                call.attempt,
                call.begin_ns / 1e6 + offset_ms,
                call.end_ns / 1e6 + offset_ms,
                call.pid,
                answer,
                call.message.key,
                call.message.value,
            )
        )
    return found


def read_failed(
    kafka: View, topics: Iterable[str], dead_letter: str, isolation: str, offset_ms: float
) -> list[Copy]:
    found = []
    for topic in (*topics, dead_letter):
        for copy in read_copies(kafka, topic, isolation):
            pid, begin_ns = ATTEMPT_OF_REASON.search(copy.header("error")).groups()
            found.append(
                Copy(
                    at=Place(topic, copy.partition, copy.offset),
                    origin=place_of(copy.origin),
                    attempts=int(copy.header("attempt")),
                    written_ms=copy.timestamp_ms,
                    is_dead=topic == dead_letter,
                    value=copy.value,
                    pid=int(pid),
                    begin_ms=int(begin_ns) / 1e6 + offset_ms,
                )
            )
    return found


def read_outputs(kafka: View, topic: str) -> list[Place]:
    """The origins of what handlers emitted, by the header that the plugin `ledger` writes."""
    found = []
    for copy in read_copies(kafka, topic, "read_committed"):
        (text,) = [value.decode() for name, value in copy.headers if name == "from"]
        source, partition, offset = text.rsplit("/", 2)
        found.append(Place(source, int(partition), int(offset)))
    return found


def add_ownership(evidence: Evidence, lives: Iterable[Life], pipeline: str) -> None:
    for life in lives:
        evidence.periods += periods(life, pipeline)
        evidence.refusals += refusals(life, pipeline)
