# SPDX-License-Identifier: Apache-2.0
"""Kafka as the tests see it: through a client that is not librdkafka, so that the judge does not
share the faults of the accused. Makes topics, produces messages with known identities, reads
committed positions.

A View belongs to one thread; a second thread makes its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from kafka import KafkaAdminClient, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    NewTopic,
    ResourcePattern,
    ResourceType,
)
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NoError,
    NotCoordinatorError,
)
from kafka.protocol.consumer import IsolationLevel, OffsetSpec

from waiting import wait_until

NOT_YET = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)


class Message(NamedTuple):
    """The identity of one message in Kafka; values are unique within a topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class View:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        self._producer: KafkaProducer | None = None

    def close(self) -> None:
        self._close_producer()
        self._admin.close()

    def _close_producer(self) -> None:
        if self._producer is not None:
            self._producer.close()
        self._producer = None

    # Topics

    def create_topic(self, topic: str, partitions: int, **config: str) -> str:
        settings = {name.replace("_", "."): value for name, value in config.items()}
        self._admin.create_topics([NewTopic(topic, partitions, -1, topic_configs=settings)])
        self._admin.wait_for_topics([topic])
        return topic

    def delete_topic(self, topic: str) -> None:
        self._admin.delete_topics([topic])

    def topics(self) -> list[str]:
        return self._admin.list_topics()

    def add_partitions(self, topic: str, total: int) -> None:
        self._admin.create_partitions({topic: total})
        self._close_producer()  # the next one knows the new partitions at once
        wait_until(f"{topic} has {total} partitions", lambda: len(self._partitions(topic)) == total)

    def deny(self, kind: str, name: str) -> Callable[[], None]:
        """From now on nobody may read this `topic` or use this `group`; lifted by what is returned.
        For a Kafka with an authorizer that allows what no rule is about."""
        pattern = ResourcePattern(ResourceType[kind.upper()], name)
        rules = [
            ("User:*", "*", operation, permission, pattern)
            # Once there is a rule for something, nothing else is allowed without another.
            for operation, permission in (
                (ACLOperation.ALL, ACLPermissionType.ALLOW),
                (ACLOperation.READ, ACLPermissionType.DENY),
            )
        ]
        self._admin.create_acls([ACL(*rule) for rule in rules])
        return lambda: self._admin.delete_acls([ACLFilter(*rule) for rule in rules])

    def delete_before(self, topic: str, positions: dict[int, int]) -> None:
        """Moves the log's start, as retention does."""
        self._admin.delete_records({TopicPartition(topic, p): o for p, o in positions.items()})

    def starts(self, topic: str) -> dict[int, int]:
        return self._offsets(topic, OffsetSpec.EARLIEST)

    def ends(self, topic: str) -> dict[int, int]:
        return self._offsets(topic, OffsetSpec.LATEST)

    def has_open_transaction(self, topic: str) -> bool:
        """Whether readers of committed messages cannot reach the end yet."""
        reachable = self._offsets(topic, OffsetSpec.LATEST, IsolationLevel.READ_COMMITTED)
        return reachable != self.ends(topic)

    # Messages

    def produce(
        self,
        topic: str,
        messages: Iterable[tuple[int, bytes | None, bytes]],
        timestamp_ms: int | None = None,
    ) -> list[Message]:
        """Writes (partition, key, value) in this order; all are acknowledged on return."""
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self.bootstrap,
                acks="all",
                linger_ms=10,
                batch_size=256 * 1024,
                max_request_size=8 * 1024 * 1024,
            )
        return send_all(self._producer, topic, messages, timestamp_ms)

    def produce_unique(
        self, topic: str, partitions: int, count: int, keys: int = 97, prefix: str = "m"
    ) -> list[Message]:
        """`count` messages over all partitions in turn; a key always goes to the same partition."""
        return self.produce(
            topic,
            (
                (
                    i % partitions,
                    b"k%d.%d" % (i % partitions, i // partitions % keys),
                    f"{prefix}.{i}".encode(),
                )
                for i in range(count)
            ),
        )

    # Groups

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """The positions the group has committed, by partition; those without one are left out."""
        offsets = self._ask_group(lambda: self._admin.list_group_offsets(group))[group]
        return {
            place.partition: found.offset
            for place, found in offsets.items()
            if place.topic == topic and found.offset >= 0
        }

    def committed_metadata(self, group: str, topic: str) -> dict[int, str]:
        """What was committed with the positions, by partition."""
        offsets = self._ask_group(lambda: self._admin.list_group_offsets(group))[group]
        return {
            place.partition: found.metadata or ""
            for place, found in offsets.items()
            if place.topic == topic and found.offset >= 0
        }

    def commit_as(
        self, group: str, topic: str, positions: dict[int, int], metadata: str = ""
    ) -> None:
        """Sets the positions of a group that has no members, as an operator's tool does."""
        offsets = {
            TopicPartition(topic, p): OffsetAndMetadata(o, metadata) for p, o in positions.items()
        }

        def ask() -> None:
            for error in self._admin.alter_group_offsets(group, offsets).values():
                if error is not NoError:
                    raise error()

        self._ask_group(ask)

    def members(self, group: str) -> list[dict]:
        return self._ask_group(lambda: self._admin.describe_groups([group]))[group]["members"]

    def _ask_group(self, ask):
        def attempt():
            try:
                return (ask(),)
            except NOT_YET:  # the first use of groups on a new cluster makes the offsets topic
                return None

        return wait_until("the group coordinator answers", attempt)[0]

    def _partitions(self, topic: str) -> list[int]:
        described = self._admin.describe_topics([topic])[0]
        return sorted(p["partition_index"] for p in described["partitions"])

    def _offsets(
        self,
        topic: str,
        spec: OffsetSpec,
        isolation: IsolationLevel = IsolationLevel.READ_UNCOMMITTED,
    ) -> dict[int, int]:
        places = {TopicPartition(topic, p): spec for p in self._partitions(topic)}
        found = self._admin.list_partition_offsets(places, isolation_level=isolation)
        return {place.partition: at.offset for place, at in found.items()}


class TransactionalWriter:
    """Writes messages in transactions, so that the log holds markers and aborted messages."""

    def __init__(self, bootstrap: str, transactional_id: str) -> None:
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, transactional_id=transactional_id
        )
        self._producer.init_transactions()

    def commit(
        self, topic: str, messages: Iterable[tuple[int, bytes | None, bytes]]
    ) -> list[Message]:
        self._producer.begin_transaction()
        written = send_all(self._producer, topic, messages)
        self._producer.commit_transaction()
        return written

    def abort(
        self, topic: str, messages: Iterable[tuple[int, bytes | None, bytes]]
    ) -> list[Message]:
        """The messages reach the log and are then aborted: no reader may ever see them."""
        self._producer.begin_transaction()
        written = send_all(self._producer, topic, messages)
        self._producer.abort_transaction()
        return written

    def close(self) -> None:
        self._producer.close()


def send_all(
    producer: KafkaProducer,
    topic: str,
    messages: Iterable[tuple[int, bytes | None, bytes]],
    timestamp_ms: int | None = None,
) -> list[Message]:
    sent = [
        (
            partition,
            key,
            value,
            producer.send(
                topic, value=value, key=key, partition=partition, timestamp_ms=timestamp_ms
            ),
        )
        for partition, key, value in messages
    ]
    producer.flush()
    return [
        Message(topic, partition, future.get(timeout=60).offset, key, value)
        for partition, key, value, future in sent
    ]


def reachable(bootstrap: str) -> bool:
    try:
        View(bootstrap).close()
        return True
    except KafkaError:
        return False
