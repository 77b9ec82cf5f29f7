# SPDX-License-Identifier: Apache-2.0
"""Every position that a group has committed, from the brokers' own log of them: stronger than any
sampling, because nothing between two questions is missed. The schema is Kafka's
OffsetCommitKey.json and OffsetCommitValue.json.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError

from evidence import Commit
from kafka_view import View
from waiting import wait_until

TOPIC = "__consumer_offsets"
KEY_VERSIONS = (0, 1)  # the other keys of this topic are of groups and members
FIRST_FLEXIBLE_VALUE = 4
READ_SECONDS = 120


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return value

    def text(self) -> str:
        return self._take(self.number(">h"))

    def compact_text(self) -> str:
        size, shift = 0, 0
        while True:
            byte = self.number(">B")
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return self._take(size - 1)

    def _take(self, size: int) -> str:
        self._at += size
        return self._data[self._at - size : self._at].decode()


def parse(key: bytes, value: bytes | None) -> tuple[str, Commit] | None:
    """The group and its commit; None where this is no position, or the end of one."""
    reader = _Reader(key)
    if value is None or reader.number(">h") not in KEY_VERSIONS:
        return None
    group, topic, partition = reader.text(), reader.text(), reader.number(">i")
    reader = _Reader(value)
    version = reader.number(">h")
    position = reader.number(">q")
    if version >= 3:
        reader.number(">i")  # the leader's epoch
    if version >= FIRST_FLEXIBLE_VALUE:
        reader.compact_text()
    else:
        reader.text()
    return group, Commit(reader.number(">q"), topic, partition, position)


class PositionLog:
    """From now on: what was committed before is not read."""

    def __init__(self, kafka: View) -> None:
        self._kafka = kafka
        self._starts = self._ends()

    def _ends(self) -> dict[int, int]:
        try:
            return self._kafka.ends(TOPIC)
        except UnknownTopicOrPartitionError:  # no group has committed anything yet
            return {}

    def read(self, groups: set[str]) -> dict[str, list[Commit]]:
        """The commits of each of these groups, in the order of the log."""
        found: dict[str, list[Commit]] = {group: [] for group in groups}
        ends = self._ends()

        def take(message) -> None:
            parsed = parse(message.key, message.value) if message.key else None
            if parsed and parsed[0] in found:
                found[parsed[0]].append(parsed[1])

        read_until(self._kafka.bootstrap, TOPIC, self._starts, ends, take)
        return found


def read_until(
    bootstrap: str,
    topic: str,
    starts: dict[int, int],
    ends: dict[int, int],
    take: Callable[[object], None],
) -> None:
    """Calls take(message) for what readers of committed messages see of these stretches."""
    left = {p: end for p, end in ends.items() if end > starts.get(p, 0)}
    if not left:
        return
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap.split(","), group_id=None, isolation_level="read_committed"
    )
    places = {p: TopicPartition(topic, p) for p in left}
    consumer.assign(places.values())
    for p, place in places.items():
        consumer.seek(place, starts.get(p, 0))

    def at_the_end() -> bool:
        for messages in consumer.poll(timeout_ms=500, max_records=5_000).values():
            for message in messages:
                if message.offset < ends[message.partition]:
                    take(message)
        return all(consumer.position(place) >= left[p] for p, place in places.items())

    try:
        wait_until(f"{topic} is read to its end", at_the_end, READ_SECONDS)
    finally:
        consumer.close()
