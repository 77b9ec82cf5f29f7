# SPDX-License-Identifier: Apache-2.0
"""Each input is exactly once in output and dead letter, for a reader of committed messages, whatever
becomes of the hosts (DESIGN §4, exactly_once). The handler emits a copy of each message that is ok;
one message in twenty fails, for good or a few times, into retry topics and the dead letter."""

from __future__ import annotations

import random

import pytest

from exactly_once import PARTITIONS, Job
from failures import run_until_caught_up
from host import EXIT_FAILED, EXIT_OK, Host
from kafka_view import View
from waiting import wait_until


def emitted(host: Host) -> float:
    return host.scrape().sum("tidegate_messages_emitted_total", pipeline="main")


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
    # So slow that much is left when one of them freezes in the middle of its work: 48 s for one slot.
    slow = job.keys(slow_us=48_000_000 // len(job.messages))
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


def test_of_two_live_hosts_of_one_instance_the_loser_fails_and_says_so(start_host, job: Job):
    instance = ("--set", "host.instance=one")
    loser = start_host("loser", arguments=instance, **job.keys(slow_us=1000))
    loser.wait_for("it emits", lambda: emitted(loser) > 100)
    winner = start_host(
        "winner", arguments=(*instance, "--exit-when-caught-up"), **job.keys(slow_us=1000)
    )
    assert loser.wait_exit() == EXIT_FAILED, loser.log_tail()
    failed = loser.events("pipeline_failed")[0]["error"]
    assert "another live host uses the same instance" in failed
    assert "give each host its own host.instance" in failed, "it says what to change"
    # With --full 100,000 messages of a millisecond each.
    assert winner.wait_exit(deadline=180) == EXIT_OK, winner.witness()
    assert not winner.events("pipeline_failed")
    job.assert_exactly_once()
