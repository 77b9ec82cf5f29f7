# SPDX-License-Identifier: Apache-2.0
"""What lies in retry topics and dead letters, read by a client that is not librdkafka: the copies
with their headers, which of them still wait for a group, and the topics' own settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import UnknownTopicOrPartitionError

from failures import Headers
from kafka_view import Message, View
from ledger import sorted_few
from waiting import wait_until

READ_SECONDS = 120
OURS = "tidegate-"
LOG_APPEND_TIME = 1


class Copy(NamedTuple):
    """One message of a retry topic or dead letter."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    timestamp_type: int  # 0: of its producer, 1: of the broker (LogAppendTime)
    key: bytes | None
    value: bytes | None
    headers: Headers

    def header(self, name: str) -> str | None:
        """Our header of this name; there may be one only."""
        found = [value for had, value in self.headers if had == OURS + name]
        assert len(found) <= 1, f"{len(found)} headers {OURS}{name} on {self[:3]}"
        return found[0].decode() if found else None

    @property
    def origin(self) -> Message:
        return Message(
            self.header("origin-topic"),
            int(self.header("origin-partition")),
            int(self.header("origin-offset")),
            self.key,
            self.value,
        )

    @property
    def foreign_headers(self) -> Headers:
        return [header for header in self.headers if not header[0].startswith(OURS)]


def read_copies(kafka: View, topic: str, isolation: str = "read_uncommitted") -> list[Copy]:
    """All that lies in a topic now, by partition and offset; nothing where there is no topic."""
    try:
        # In this order: of a topic that is just being made more and more partitions are shown.
        ends, starts = kafka.ends(topic), kafka.starts(topic)
    except UnknownTopicOrPartitionError:
        return []
    left = {p for p in ends if ends[p] > starts[p]}
    if not left:
        return []
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
        isolation_level=isolation,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
    places = {p: TopicPartition(topic, p) for p in left}
    consumer.assign(places.values())
    for p, place in places.items():
        consumer.seek(place, starts[p])
    found = []

    def at_the_end() -> bool:
        for messages in consumer.poll(timeout_ms=500).values():
            found.extend(messages)
        return all(consumer.position(place) >= ends[p] for p, place in places.items())

    try:
        wait_until(f"{topic} is read to its end", at_the_end, READ_SECONDS)
    finally:
        consumer.close()
    copies = [
        Copy(
            m.topic, m.partition, m.offset, m.timestamp, m.timestamp_type, m.key, m.value, m.headers
        )
        for m in found
        if m.offset < ends[m.partition]
    ]
    return sorted(copies, key=lambda copy: copy[:3])


def dead_letters(kafka: View, group: str) -> list[Copy]:
    return read_copies(kafka, f"{group}.dlq")


def origins(copies: Iterable[Copy]) -> set[Message]:
    return {copy.origin for copy in copies}


def retry_topic(group: str, delay: str = "100ms") -> str:
    return f"{group}.retry.{delay}"


def waiting_in(kafka: View, group: str, topic: str) -> list[Copy]:
    """What lies in a retry topic at or behind the group's position: it will be attempted again."""
    committed = kafka.committed(group, topic)
    return [c for c in read_copies(kafka, topic) if c.offset >= committed.get(c.partition, 0)]


def assert_labelled(
    copy: Copy, group: str, attempt: int, kind: str, pipeline: str = "main"
) -> None:
    """Our headers on a copy, but for its origin, which is compared with the message itself."""
    expected = {
        "attempt": str(attempt),
        "error-kind": kind,
        "group": group,
        "pipeline": pipeline,
    }
    found = {name: copy.header(name) for name in expected}
    assert found == expected, f"on {copy[:3]}"
    plugin = copy.header("plugin") or ""
    assert plugin.partition("@")[0].startswith("ledger") and plugin.partition("@")[2], plugin
    assert int(copy.header("first-failure-ms")) > 0
    assert int(copy.header("origin-timestamp-ms")) > 0


def assert_origins(copies: list[Copy], expected: Iterable[Message], what: str) -> None:
    """Compares sets (topic, partition, offset, key, value), and shows a few of the differences."""
    found, expected = origins(copies), set(expected)
    assert not expected - found, f"missing in {what}: {sorted_few(expected - found)}"
    assert not found - expected, f"not expected in {what}: {sorted_few(found - expected)}"


class Topics:
    """The topics' own settings. Belongs to one thread."""

    def __init__(self, kafka: View) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)

    def close(self) -> None:
        self._admin.close()

    def __enter__(self) -> Topics:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def delete(self, topic: str) -> None:
        self._admin.delete_topics([topic])
        wait_until(f"{topic} is gone", lambda: topic not in self.names())

    def names(self) -> set[str]:
        return set(self._admin.list_topics())

    def setting(self, topic: str, name: str) -> str:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        described = self._admin.describe_configs([resource], config_filter="all")
        return described["topic"][topic][name]["value"]

    def create(self, topic: str, partitions: int, **config: str) -> None:
        settings = {name.replace("_", "."): value for name, value in config.items()}
        self._admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)])
        self._admin.wait_for_topics([topic])
