# SPDX-License-Identifier: Apache-2.0
"""Each input is exactly once in output and dead letter, for a reader of committed messages, whatever
becomes of the hosts (DESIGN §4, exactly_once). The handler emits a copy of each message that is ok;
one message in twenty fails, for good or a few times, into retry topics and the dead letter."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from copies import Copy, read_copies
from failures import failing_keys, json_drafts, run_until_caught_up, with_fate, write
from host import Host
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


def emitted(host: Host) -> float:
    return host.scrape().sum("tidegate_messages_emitted_total", pipeline="main")


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


@pytest.fixture
def job(kafka: View, make_topic, group, full) -> Job:
    output = make_topic(4)
    return Job(kafka, make_topic(PARTITIONS), output, group, 100_000 if full else 12_000)


def test_an_undisturbed_run_writes_each_input_once(start_host, job: Job):
    host = run_until_caught_up(start_host, "only", **job.keys())
    job.assert_exactly_once()
    assert job.kafka.committed(job.group, job.source) == job.kafka.ends(job.source)
    (summary,) = host.events("pipeline_summary")
    assert summary["transactions"] >= len(job.messages) / 10_000  # transaction.max_messages


@pytest.mark.parametrize("ordering", ["key", "none"])
def test_a_host_that_is_killed_again_and_again_writes_each_input_once(
    start_host, job: Job, ordering, full, note_figure
):
    dice = random.Random(11)
    kills = 20 if full else 5
    for turn in range(kills):
        # The same instance: it ends its predecessor's transaction at once. The last one waits for
        # the brokers to do it.
        arguments = ("--set", "host.instance=one")
        host = start_host(f"killed-{turn}", arguments=arguments, **job.keys(ordering=ordering))
        target = len(job.messages) * (turn + 1) // (kills + 1)
        host.wait_for(
            f"{target} messages are committed", lambda t=target: job.committed() >= t, 60
        )
        wait_until("the moment of the kill", lambda: dice.random() < 0.3, 5)
        host.kill()
    job.wait_for_open_transactions()
    last = run_until_caught_up(start_host, "last", **job.keys(ordering=ordering))
    job.assert_exactly_once()
    note_figure(f"exactly once, ordering {ordering}: {kills} kills, {len(last.log())} log lines")


def test_a_frozen_host_that_wakes_up_writes_nothing_twice(start_host, job: Job):
    # So slow that much is left when one of them freezes in the middle of its work.
    slow = job.keys(slow_us=4000)
    frozen = start_host("frozen", **slow)
    frozen.wait_event("partitions_assigned")
    other = start_host("other", **slow)
    for host in (frozen, other):
        host.wait_for(f"{host.name} emits", lambda h=host: emitted(h) > 100, 60)
    frozen.freeze()
    before = job.committed()
    assert before < len(job.messages), "it was to be frozen in the middle"
    # Beyond the session the other one gets everything.
    other.wait_for(
        "the other one finishes what is left",
        lambda: job.kafka.committed(job.group, job.source) == job.kafka.ends(job.source),
        120,
    )
    frozen.thaw()
    frozen.wait_event("partitions_lost", 30)
    assert other.terminate() == 0, other.log_tail()
    assert frozen.terminate() == 0, frozen.log_tail()
    job.wait_for_open_transactions()
    run_until_caught_up(start_host, "last", **job.keys())
    job.assert_exactly_once()
