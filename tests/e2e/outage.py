# SPDX-License-Identifier: Apache-2.0
"""What tests of a dead letter that cannot be written share."""

from __future__ import annotations

from copies import read_copies
from failures import Draft, write
from host import Host
from kafka_view import View
from ledger import assert_each_once, assert_same_messages

POISON_KEY = b"poison"


class Outage:
    """Messages of which one must become a dead letter, while its topic is away."""

    def __init__(self, kafka: View, topic: str, group: str) -> None:
        self.dead_letter = f"{group}.dlq"
        drafts = [
            Draft(b"m.%d" % i, *(("fail", 0, POISON_KEY) if i == 40 else ("", i % 2)))
            for i in range(100)
        ]
        self.messages = write(kafka, topic, drafts)
        self.poison = self.messages[40]
        self.kafka, self._topic, self._group = kafka, topic, group

    def not_passed(self) -> bool:
        committed = self.kafka.committed(self._group, self._topic)
        return committed.get(self.poison.partition, 0) <= self.poison.offset

    def assert_nothing_passed_unwritten(self) -> None:
        """Asked in this order, so that a copy written in between excuses nothing."""
        passed = not self.not_passed()
        written = [copy.origin for copy in read_copies(self.kafka, self.dead_letter)]
        assert not passed or written == [self.poison], "the position passed, the copy is not there"

    def assert_over(self, hosts: list[Host], once: bool) -> None:
        handled = [message for host in hosts for message in host.ledger.messages()]
        check = assert_each_once if once else assert_same_messages
        check(handled, set(self.messages) - {self.poison})
        copies = read_copies(self.kafka, self.dead_letter)
        assert [copy.origin for copy in copies] == [self.poison]
        assert self.kafka.committed(self._group, self._topic) == self.kafka.ends(self._topic)
