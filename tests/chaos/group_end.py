# SPDX-License-Identifier: Apache-2.0
"""The end of a run for one group: how long it took until its lag was 0, and where it stands."""

from __future__ import annotations

import time
from typing import NamedTuple

from kafka.errors import KafkaError

from kafka_view import View
from waiting import wait_until

Where = tuple[str, int]  # topic and partition


class GroupEnd(NamedTuple):
    caught_up_ms: float | None  # None: not within the deadline
    positions: dict[Where, int]
    ends: dict[Where, int]


def group_end(
    kafka: View, group: str, topics: list[str], quiet: float, deadline: float
) -> GroupEnd:
    """Waits until nothing is left in these topics, which are in the order in which a message
    wanders: what has left one cannot come back to it. quiet: when the last fault ended; both on the
    monotonic clock."""
    try:
        for topic in topics:
            left = max(deadline - time.monotonic(), 0)
            wait_until(f"{topic} has no lag", lambda t=topic: not has_lag(kafka, group, t), left)
        caught_up_ms = (time.monotonic() - quiet) * 1000
    except AssertionError:
        caught_up_ms = None
    positions, ends = {}, {}
    for topic in topics:
        positions |= {(topic, p): at for p, at in kafka.committed(group, topic).items()}
        known = wait_until(f"all brokers know {topic}", lambda t=topic: ends_of(kafka, t))
        ends |= {(topic, p): at for p, at in known.items()}
    return GroupEnd(caught_up_ms, positions, ends)


def has_lag(kafka: View, group: str, topic: str) -> bool:
    # Positions first: below them, nothing can come any more.
    positions = kafka.committed(group, topic)
    ends = ends_of(kafka, topic)
    return ends is None or any(positions.get(p, 0) < end for p, end in ends.items())


def ends_of(kafka: View, topic: str) -> dict[int, int] | None:
    """None: not every broker has heard of the topic yet, or of its new leader."""
    try:
        return kafka.ends(topic)
    except KafkaError as problem:
        if not problem.retriable:
            raise
        return None
