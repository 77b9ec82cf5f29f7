# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at random points while retries and dead letters flow (DESIGN §2, invariants 1 and 2)."""

from __future__ import annotations

import random

from copies import assert_origins, dead_letters, origins, read_copies, retry_topic
from failures import (
    QUICK_LOSS,
    Attempts,
    failing_keys,
    json_drafts,
    run_until_caught_up,
    with_fate,
    write,
)
from host import Host
from kafka_view import Message, View
from ledger import assert_same_messages, sorted_few

DELAYS = ["100ms", "300ms"]
PARTITIONS = 4
FRESH_MESSAGES = 600  # for each host; 1 in 5 fails
FRESH_ATTEMPTS = 800  # that they lead to at least


class Whereabouts:
    """Where each message is that nobody may lose, seen while no host runs."""

    def __init__(self, kafka: View, group: str, topic: str, hosts: list[Host]) -> None:
        retry_topics = [retry_topic(group, delay) for delay in DELAYS]
        # Positions first: what a position has passed was safe before, and is found below.
        positions = {name: kafka.committed(group, name) for name in (topic, *retry_topics)}
        self._source = positions[topic]
        self.handled = {message for host in hosts for message in host.ledger.messages()}
        self.dead = origins(dead_letters(kafka, group))
        self.waiting = {
            copy.origin
            for name in retry_topics
            for copy in read_copies(kafka, name)
            if copy.offset >= positions[name].get(copy.partition, 0)
        }

    def lost(self, messages: list[Message]) -> set[Message]:
        to_come = {m for m in messages if m.offset >= self._source.get(m.partition, 0)}
        return set(messages) - to_come - self.handled - self.dead - self.waiting


def test_invariant_1_a_kill_while_copies_flow_loses_nothing(
    start_host, kafka: View, make_topic, group, full
):
    topic = make_topic(PARTITIONS)
    dice = random.Random(52)
    keys = failing_keys(
        group,
        topic,
        {"max_retries": 2, "delays": DELAYS},
        {"delay_us": 2_000},
        consumers=2,
        concurrency=4,
        commit={"interval": "50ms"},
        dead_letter={"max_ratio": 1.0},  # the limiter is not the question
        consumer=QUICK_LOSS,
    )
    messages: list[Message] = []
    hosts: list[Host] = []
    doomed: set[Message] = set()
    found_waiting = found_dead = False
    for number in range(50 if full else 3):
        drafts = json_drafts(FRESH_MESSAGES, PARTITIONS, 5, seed=number, prefix=f"round.{number}")
        written = write(kafka, topic, drafts)
        messages += written
        doomed |= with_fate(drafts, written, "fail", "fail:3")
        host = start_host(f"killed-{number}", **keys)
        hosts.append(host)
        attempts, target = Attempts(host), dice.randrange(1, FRESH_ATTEMPTS)
        host.wait_for(f"{target} attempts", lambda: attempts.count() >= target)
        if number % 3 == 2:  # by then some have failed often enough
            host.wait_for("there is a dead letter", lambda: dead_letters(kafka, group))
        host.kill()
        now = Whereabouts(kafka, group, topic, hosts)
        lost = now.lost(messages)
        assert not lost, f"kill {number} lost {len(lost)} messages, such as {sorted_few(lost)}"
        found_waiting |= bool(now.waiting)
        found_dead |= bool(now.dead)
    assert found_waiting and found_dead, "the kills were to find retries and dead letters under way"
    hosts.append(run_until_caught_up(start_host, "last", deadline=120, **keys))
    end = Whereabouts(kafka, group, topic, hosts)
    assert_same_messages(end.handled, set(messages) - doomed)
    assert_origins(dead_letters(kafka, group), doomed, "the dead letter")
