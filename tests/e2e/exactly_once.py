# SPDX-License-Identifier: Apache-2.0
"""What tests of exactly_once share: inputs of which one in twenty fails, for good or a few times,
and the judgement of a reader of committed messages."""

from __future__ import annotations

from collections import Counter

from copies import Copy, read_copies
from failures import failing_keys, json_drafts, with_fate, write
from kafka_view import Message, View
from waiting import wait_until

RETRY = {"delays": ["100ms", "200ms"], "max_retries": 3}
PARTITIONS = 6
Place = tuple[str, int, int]


def place(message: Message) -> Place:
    return (message.topic, message.partition, message.offset)


def source_of(copy: Copy) -> Place:
    """Where an emitted message was read, by its header."""
    (text,) = [value.decode() for name, value in copy.headers if name == "from"]
    topic, partition, offset = text.rsplit("/", 2)
    return (topic, int(partition), int(offset))


class Job:
    def __init__(self, kafka: View, source: str, output: str, group: str, count: int) -> None:
        self.kafka, self.source, self.output, self.group = kafka, source, output, group
        self.drafts = json_drafts(count, PARTITIONS, one_in=20, seed=7)
        self.messages = write(kafka, source, self.drafts)

    def keys(self, slow_us: int = 20, **more) -> dict:
        return failing_keys(
            self.group,
            self.source,
            RETRY,
            {"emit_to": self.output, "delay_us": slow_us, "attempts": ""},
            delivery="exactly_once",
            concurrency=4,
            # After many kills a host may begin with a backlog of retries, most of them hopeless.
            dead_letter={"max_ratio": 1.0},
            **more,
        )

    def committed(self) -> int:
        return sum(self.kafka.committed(self.group, self.source).values())

    def wait_for_open_transactions(self) -> None:
        """A host that died left one, which the brokers end after its time-out. Until then a reader
        does not see what lies behind it in a retry topic: a host would be caught up in front of it."""
        for topic in (self.output, *(f"{self.group}.retry.{delay}" for delay in RETRY["delays"])):
            wait_until(
                f"no transaction is open in {topic}",
                lambda t=topic: not self.kafka.has_open_transaction(t),
                60,
            )

    def assert_exactly_once(self) -> None:
        output = Counter(
            source_of(copy) for copy in read_copies(self.kafka, self.output, "read_committed")
        )
        dead = Counter(
            place(copy.origin)
            for copy in read_copies(self.kafka, f"{self.group}.dlq", "read_committed")
        )
        everything = output + dead
        inputs = {place(message) for message in self.messages}
        twice = [where for where, times in everything.items() if times > 1]
        assert not twice, f"{len(twice)} are there more than once: {sorted(twice)[:5]}"
        assert set(everything) == inputs, (
            f"{len(inputs - set(everything))} of {len(inputs)} are not there: "
            f"{sorted(inputs - set(everything))[:5]}"
        )
        hopeless = {place(m) for m in with_fate(self.drafts, self.messages, "fail")}
        assert set(dead) == hopeless, "other messages than those without hope are dead letters"
