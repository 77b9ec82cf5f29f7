# SPDX-License-Identifier: Apache-2.0
"""What handlers really did: the files of the `ledger` plugin (plugins/ledger/README.md), one line
for each message that was handled. Read while it grows; a line without its end is no line yet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from kafka_view import Message


class Call(NamedTuple):
    """One handled message. Times are of the machine's one monotonic clock."""

    message: Message
    attempt: int
    begin_ns: int
    end_ns: int
    pid: int
    instance: str


def parse_bytes(field: bytes) -> bytes | None:
    return None if field == b"-" else unquote_to_bytes(field)


def parse_call(line: bytes) -> Call:
    topic, partition, offset, key, value, attempt, begin_ns, end_ns, pid, instance = line.split(
        b"\t"
    )
    message = Message(
        unquote_to_bytes(topic).decode(),
        int(partition),
        int(offset),
        parse_bytes(key),
        parse_bytes(value),
    )
    return Call(message, int(attempt), int(begin_ns), int(end_ns), int(pid), instance.decode())


class Ledger:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._calls: list[Call] = []
        self._read_bytes = 0

    def calls(self) -> list[Call]:
        """All calls so far, in the order in which they were written."""
        if self.path.exists():
            with open(self.path, "rb") as file:
                file.seek(self._read_bytes)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._read_bytes += len(whole)
            self._calls.extend(parse_call(line) for line in whole.splitlines())
        return self._calls

    def count(self) -> int:
        return len(self.calls())

    def messages(self) -> list[Message]:
        return [call.message for call in self.calls()]

    def handled(self) -> set[Message]:
        return set(self.messages())


def handled_more_than_once(messages: Iterable[Message]) -> dict[Message, int]:
    return {message: times for message, times in Counter(messages).items() if times > 1}


def assert_same_messages(handled: Iterable[Message], expected: Iterable[Message]) -> None:
    """Compares sets, not counts, and shows a few of the differences."""
    handled, expected = set(handled), set(expected)
    lost, strangers = expected - handled, handled - expected
    assert (
        not lost
    ), f"{len(lost)} of {len(expected)} messages were lost, such as {sorted_few(lost)}"
    assert (
        not strangers
    ), f"{len(strangers)} messages that nobody wrote, such as {sorted_few(strangers)}"


def assert_each_once(handled: Iterable[Message], expected: Iterable[Message]) -> None:
    handled = list(handled)
    twice = handled_more_than_once(handled)
    assert (
        not twice
    ), f"{len(twice)} messages were handled more than once, such as {sorted_few(twice)}"
    assert_same_messages(handled, expected)


def sorted_few(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: message[:3])[:5]


def lanes(calls: Iterable[Call], lane_of: Callable[[Call], object]) -> dict[object, list[Call]]:
    found = defaultdict(list)
    for call in calls:
        found[lane_of(call)].append(call)
    return found


def assert_lane_order(calls: list[Call], lane_of: Callable[[Call], object]) -> None:
    """Within a lane: offsets in order, and no call begins before the one before it has ended."""
    for lane, in_lane in lanes(calls, lane_of).items():
        in_lane.sort(key=lambda call: call.begin_ns)
        for before, after in zip(in_lane, in_lane[1:]):
            assert (
                before.message.offset < after.message.offset
            ), f"lane {lane}: {before} before {after}"
            assert before.end_ns <= after.begin_ns, f"lane {lane}: {before} overlaps {after}"


def most_at_once(calls: Iterable[Call]) -> int:
    """How many handler calls ran at the same time at most."""
    edges = sorted(edge for call in calls for edge in ((call.begin_ns, 1), (call.end_ns, -1)))
    running = most = 0
    for _, step in edges:
        running += step
        most = max(most, running)
    return most
