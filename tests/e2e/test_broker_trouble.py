# SPDX-License-Identifier: Apache-2.0
"""Trouble that only a real Kafka can make (docs/broker-trouble.md): topics that are made anew, batches
that are damaged on disk, rights that are taken away while a host runs. It says so, loses nothing
without a word, and goes on without a restart. The rest is in tests/broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from failures import run_until_caught_up
from host import EXIT_OK, Host
from conftest import running
from kafka_cluster import AUTHORIZER, KafkaCluster
from kafka_view import Message, View
from ledger import assert_each_once, assert_same_messages
from protocols import consumer_of
from waiting import wait_until

NO_RETRIES = {"retry": {"mode": "none"}, "dead_letter": {"enabled": False}}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> KafkaCluster:
    return KafkaCluster(tmp_path_factory.mktemp("kafka-in-trouble"), properties=AUTHORIZER)


@pytest.fixture(scope="module")
def kafka(kafka: View, cluster: KafkaCluster) -> Iterator[View]:
    """A Kafka of these tests' own: they change rights, and files under its feet."""
    with running(cluster) as view:
        yield view


def keys_of(group: str, topic: str, protocol: str = "cooperative-sticky") -> dict:
    return {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "commit": {"interval": "100ms"},
        "consumer": consumer_of(protocol, "host"),
        **NO_RETRIES,
    }


def errors_of(host: Host, name: str) -> float:
    return host.scrape().sum("tidegate_kafka_errors_total", pipeline="main", error=name)


def is_told(host: Host, state: str, reason: str, partitions: int) -> bool:
    scrape = host.scrape()
    return (
        scrape.sum("tidegate_pipeline_state", pipeline="main", state=state) == 1
        and scrape.sum("tidegate_paused_partitions", pipeline="main", reason=reason) == partitions
    )


# A topic that is made anew


@pytest.mark.parametrize("protocol", ["range", "cooperative-sticky", "consumer"])
@pytest.mark.parametrize("new", ["shorter", "longer", "longer, and the old one was missed"])
def test_a_topic_that_is_deleted_and_made_again_is_read_from_its_start(
    start_host, kafka: View, make_topic, group, new, protocol
):
    """A new topic that has grown past the old position before the client misses the old one looks
    like its continuation, but for its id."""
    topic = make_topic(2)
    before = kafka.produce_unique(topic, 2, 200, prefix="before")
    host = start_host("host", **keys_of(group, topic, protocol))
    host.wait_handled(len(before))  # the last positions may be written after the deletion
    kafka.delete_topic(topic)
    wait_until("the topic is gone", lambda: topic not in kafka.topics())
    if new.endswith("missed"):
        host.wait_for("the host misses it", lambda: host.assigned() == 0)
    kafka.create_topic(topic, 2)
    count = 40 if new == "shorter" else 400
    after = kafka.produce_unique(topic, 2, count, prefix="after")
    values = {m.value for m in (*before, *after)}
    host.wait_for(
        "what stands in the new topic is handled",
        lambda: values <= {m.value for m in host.ledger.messages()},
        60,
    )
    host.wait_for(
        "its positions are those of the new topic",
        lambda: kafka.committed(group, topic) == kafka.ends(topic),
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_same_messages(host.ledger.messages(), [*before, *after])


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_a_last_position_of_the_topic_that_was_there_before_is_not_taken_for_one_in_the_new_one(
    start_host, kafka: View, make_topic, group, delivery
):
    """It may be committed after the deletion, by a host that has not heard of it."""
    topic = make_topic(2)
    before = kafka.produce_unique(topic, 2, 200, prefix="before")
    pipeline = {**keys_of(group, topic, "cooperative-sticky"), "delivery": delivery}
    first = run_until_caught_up(start_host, "first", **pipeline)
    assert_same_messages(first.ledger.messages(), before)
    positions = kafka.committed(group, topic)
    metadata = kafka.committed_metadata(group, topic)
    kafka.delete_topic(topic)
    wait_until("the topic is gone", lambda: topic not in kafka.topics())
    kafka.create_topic(topic, 2)
    after = kafka.produce_unique(topic, 2, 400, prefix="after")
    for partition, position in positions.items():
        kafka.commit_as(group, topic, {partition: position}, metadata[partition])
    second = run_until_caught_up(start_host, "second", **pipeline)
    assert len(second.events("topic_made_anew")) == 1
    assert_same_messages(second.ledger.messages(), after)
    assert kafka.committed(group, topic) == kafka.ends(topic)


# A batch that is damaged


class Damage:
    """The topic's partition 0 has three batches; the second one has a byte that is not its own."""

    def __init__(self, cluster: KafkaCluster, kafka: View, topic: str) -> None:
        self.batches = [
            kafka.produce(topic, [(0, b"k", b"%s.%d" % (name, i)) for i in range(5)])
            for name in (b"first", b"second", b"third")
        ]
        self.others = kafka.produce(topic, [(1, b"k", b"other.%d" % i) for i in range(50)])
        self._log = Path(cluster.directory / "data" / f"{topic}-0" / f"{0:020}.log")
        self._at = self._log.read_bytes().index(b"second.2")
        self._write(b"S")

    @property
    def offset(self) -> int:
        return self.batches[1][0].offset

    def messages(self, *numbers: int) -> list[Message]:
        return [m for number in numbers for m in self.batches[number]] + self.others

    def mend(self) -> None:
        self._write(b"s")

    def _write(self, byte: bytes) -> None:
        with open(self._log, "r+b") as log:
            log.seek(self._at)
            log.write(byte)


@pytest.fixture
def damage(cluster: KafkaCluster, kafka: View, make_topic) -> Damage:
    return Damage(cluster, kafka, make_topic(2))


def start_on_damage(start_host, kafka: View, damage: Damage, group: str) -> Host:
    """Until it stands in front of it and has said so."""
    topic = damage.others[0].topic
    host = start_host("host", **keys_of(group, topic))
    host.wait_for(
        "all but that partition is handled",
        lambda: host.ledger.handled() >= set(damage.messages(0)),
    )
    line = host.wait_event("batch_unreadable", topic=topic, partition=0)
    assert line["offset"] == damage.offset, line
    host.wait_for("it is told", lambda: is_told(host, "stalled", "unreadable", 1))
    host.wait_for(
        "the position is in front of it",
        lambda: kafka.committed(group, topic) == {0: damage.offset, 1: len(damage.others)},
    )
    ready = requests.get(host.url("/-/ready"), timeout=5)
    assert ready.status_code == 503
    assert f"{topic}/0 at offset {damage.offset} (unreadable)" in ready.text
    host.wait_for(
        "it is tried again", lambda: len(host.events("batch_unreadable")) >= 2
    )
    assert host.ledger.handled() == set(damage.messages(0)), "nothing behind it is taken"
    return host


def test_a_damaged_batch_stops_its_partition_only_and_is_read_when_it_is_whole_again(
    start_host, kafka: View, damage: Damage, group
):
    host = start_on_damage(start_host, kafka, damage, group)
    damage.mend()
    everything = damage.messages(0, 1, 2)
    host.wait_for("all is handled", lambda: host.ledger.handled() >= set(everything))
    host.wait_for("it runs", lambda: is_told(host, "running", "unreadable", 0))
    assert host.scrape().sum("tidegate_offsets_lost_total", pipeline="main") == 0
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), everything)


def test_a_damaged_batch_that_is_deleted_counts_as_lost_and_what_is_behind_it_is_read(
    start_host, kafka: View, damage: Damage, group
):
    host = start_on_damage(start_host, kafka, damage, group)
    topic = damage.others[0].topic
    kafka.delete_before(topic, {0: damage.batches[2][0].offset})
    rest = damage.messages(0, 2)
    host.wait_for("the rest is handled", lambda: host.ledger.handled() >= set(rest), 60)
    line = host.wait_event("offsets_lost", topic=topic, partition=0)
    assert (line["position"], line["lost"]) == (damage.offset, 5), line
    assert host.scrape().sum("tidegate_offsets_lost_total", pipeline="main") == 5
    host.wait_for("it runs", lambda: is_told(host, "running", "unreadable", 0))
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), rest)


# Rights that are taken away


@pytest.mark.parametrize("protocol", ["cooperative-sticky", "consumer"])
def test_a_topic_that_may_not_be_read_any_more_is_told_and_read_when_it_may(
    start_host, kafka: View, make_topic, group, protocol
):
    topic = make_topic(2)
    before = kafka.produce_unique(topic, 2, 100, prefix="before")
    host = start_host("host", **keys_of(group, topic, protocol))
    host.wait_handled(len(before))
    allow = kafka.deny("topic", topic)
    try:
        host.wait_for("it is told", lambda: errors_of(host, "TOPIC_AUTHORIZATION_FAILED") > 0)
        host.wait_event("kafka_error")
        after = kafka.produce_unique(topic, 2, 100, prefix="after")
    finally:
        allow()
    host.wait_for(
        "it goes on", lambda: host.ledger.handled() >= {*before, *after}, 60
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), [*before, *after])


@pytest.mark.parametrize("protocol", ["cooperative-sticky", "consumer"])
def test_a_group_that_may_not_be_used_any_more_is_told_and_goes_on_when_it_may(
    start_host, kafka: View, make_topic, group, protocol
):
    topic = make_topic(2)
    before = kafka.produce_unique(topic, 2, 100, prefix="before")
    host = start_host("host", **keys_of(group, topic, protocol))
    host.wait_handled(len(before))
    allow = kafka.deny("group", group)
    try:
        after = kafka.produce_unique(topic, 2, 100, prefix="after")
        host.wait_for("it is told", lambda: errors_of(host, "GROUP_AUTHORIZATION_FAILED") > 0)
    finally:
        allow()
    host.wait_for("it goes on", lambda: host.ledger.handled() >= {*before, *after}, 60)
    host.wait_for(
        "its positions are committed",
        lambda: kafka.committed(group, topic) == kafka.ends(topic),
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_same_messages(host.ledger.messages(), [*before, *after])
