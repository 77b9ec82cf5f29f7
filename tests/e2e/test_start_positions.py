# SPDX-License-Identifier: Apache-2.0
"""Where a group begins: the host's decision, committed before anything is handled (DESIGN §3)."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from copies import origins, retry_topic, waiting_in
from failures import (
    QUICK_LOSS,
    Draft,
    attempts_of,
    failing_keys,
    run_until_caught_up,
    with_fate,
    write,
)
from host import EXIT_FAILED, EXIT_OK
from kafka_view import View
from ledger import assert_each_once, assert_same_messages

# No second member for retry topics: its join would be a rebalance in the middle of the start.
NO_RETRIES = {"retry": {"mode": "none"}, "dead_letter": {"enabled": False}}


def test_earliest_begins_at_the_start_of_the_log(start_host, kafka: View, make_topic, group):
    topic = make_topic(3)
    messages = kafka.produce_unique(topic, 3, 300)
    host = run_until_caught_up(
        start_host, "host", group_id=group, topics=[topic], start_offset="earliest"
    )
    assert_each_once(host.ledger.messages(), messages)


@pytest.mark.parametrize("ends_by", ["terminate", "kill"])
def test_latest_is_decided_once_and_what_comes_between_two_runs_is_handled(
    start_host, kafka: View, make_topic, group, ends_by
):
    topic = make_topic(3)
    kafka.produce_unique(topic, 3, 300, prefix="before")
    keys = {"group_id": group, "topics": [topic], "start_offset": "latest"}
    host = start_host("first", **keys)
    host.wait_for(
        "the start positions are committed",
        lambda: kafka.committed(group, topic) == kafka.ends(topic),
    )
    getattr(host, ends_by)()
    between = kafka.produce_unique(topic, 3, 90, prefix="between")
    second = run_until_caught_up(start_host, "second", **keys)
    assert host.ledger.messages() == []
    assert_each_once(second.ledger.messages(), between)


def test_a_groups_first_crash_before_its_first_commit_with_latest_loses_nothing(
    start_host, kafka: View, make_topic, group, tmp_path
):
    """The first message of each partition is never finished, so no position but the start's is ever
    committed, while failed ones behind it wait in a retry topic. What finished behind it may be in
    the resume map already, or come again."""
    topic = make_topic(2)
    kafka.produce_unique(topic, 2, 60, prefix="before")
    gate = tmp_path / "gate"
    gate.touch()
    keys = failing_keys(
        group,
        topic,
        {"delays": ["3s"], "max_retries": 2},
        {"gate": str(gate), "gate_key": "gated"},
        start_offset="latest",
        ordering="key",
        concurrency=4,
        commit={"interval": "50ms"},
        consumer=QUICK_LOSS,
    )
    first = start_host("first", **keys)
    starts = kafka.ends(topic)
    first.wait_for("the starts are committed", lambda: kafka.committed(group, topic) == starts)
    drafts = [
        Draft(b"m.%d" % i, "fail:1" if i % 10 == 4 else "", i % 2, b"gated" if i < 2 else b"%d" % i)
        for i in range(100)
    ]
    messages = write(kafka, topic, drafts)
    failing = with_fate(drafts, messages, "fail:1")
    first.wait_for(
        "all but the gated ones are handled or wait for their next attempt",
        lambda: first.ledger.count() == 88
        and origins(waiting_in(kafka, group, retry_topic(group, "3s"))) == failing,
    )
    first.kill()
    assert kafka.committed(group, topic) == starts, "else this shows nothing"
    gate.unlink()
    second = run_until_caught_up(start_host, "second", **keys)
    assert_same_messages([*first.ledger.messages(), *second.ledger.messages()], messages)
    assert {message for message in messages if message.key == b"gated"} <= second.ledger.handled()
    again = [attempt.message for attempt in attempts_of(second) if attempt.number == 2]
    assert_same_messages(again, failing)
    assert kafka.committed(group, topic) == kafka.ends(topic)


def test_latest_reads_a_partition_added_while_running_from_its_start(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    kafka.produce_unique(topic, 1, 50, prefix="before")
    host = start_host("host", group_id=group, topics=[topic], start_offset="latest")
    host.wait_for(
        "the start position is committed", lambda: kafka.committed(group, topic) == {0: 50}
    )
    kafka.add_partitions(topic, 3)
    added = kafka.produce(topic, ((1 + i % 2, b"k", b"added.%d" % i) for i in range(100)))
    host.wait_handled(len(added))
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), added)


def test_latest_reads_a_partition_added_between_two_runs_from_its_start(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    keys = {"group_id": group, "topics": [topic], "start_offset": "latest"}
    kafka.produce_unique(topic, 1, 50, prefix="before")
    host = start_host("first", **keys)
    host.wait_for(
        "the start position is committed", lambda: kafka.committed(group, topic) == {0: 50}
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    kafka.add_partitions(topic, 2)
    added = kafka.produce(topic, ((1, b"k", b"added.%d" % i) for i in range(100)))
    second = run_until_caught_up(start_host, "second", **keys)
    assert_each_once(second.ledger.messages(), added)


def test_a_time_begins_at_the_first_message_not_older(start_host, kafka: View, make_topic, group):
    topic = make_topic(2)
    noon = datetime(2026, 1, 15, 12, 0, tzinfo=timezone.utc)
    noon_ms = int(noon.timestamp() * 1000)
    kafka.produce(topic, [(p, b"k", b"old.%d" % p) for p in range(2)], timestamp_ms=noon_ms - 1)
    wanted = kafka.produce(
        topic, [(p, b"k", b"noon.%d" % p) for p in range(2)], timestamp_ms=noon_ms
    )
    wanted += kafka.produce(
        topic, [(p, b"k", b"new.%d" % p) for p in range(2)], timestamp_ms=noon_ms + 1
    )
    host = run_until_caught_up(
        start_host,
        "host",
        group_id=group,
        topics=[topic],
        start_offset=noon.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert_each_once(host.ledger.messages(), wanted)


def test_error_fails_the_pipeline_of_a_group_without_a_position(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    kafka.produce_unique(topic, 1, 10)
    host = start_host("host", group_id=group, topics=[topic], start_offset="error")
    assert host.wait_exit() == EXIT_FAILED, host.log_tail()
    assert host.ledger.messages() == [] and kafka.committed(group, topic) == {}
    told = [line for line in host.log() if line["level"] == "error" and f"{topic}/0" in str(line)]
    assert told, host.log_tail()


def test_error_goes_on_where_the_group_has_a_position(start_host, kafka: View, make_topic, group):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 10)
    kafka.commit_as(group, topic, {0: 4})
    host = run_until_caught_up(
        start_host, "host", group_id=group, topics=[topic], start_offset="error"
    )
    assert_each_once(host.ledger.messages(), messages[4:])


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_a_position_below_the_start_of_the_log_goes_on_there_and_tells_what_is_lost(
    start_host, kafka: View, make_topic, group, strategy
):
    topic = make_topic(2)
    messages = kafka.produce_unique(topic, 2, 200)
    kafka.commit_as(group, topic, {0: 10, 1: 20})
    kafka.delete_before(topic, {0: 60})
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="latest",
        consumer={"partition.assignment.strategy": strategy},
        **NO_RETRIES,
    )
    expected = [m for m in messages if m.offset >= {0: 60, 1: 20}[m.partition]]
    host.wait_handled(len(expected))
    line = host.wait_event("offsets_lost", topic=topic, partition=0)
    assert (line["position"], line["log_start"], line["lost"]) == (10, 60, 50), line
    assert host.scrape().sum("tidegate_offsets_lost_total", pipeline="main") == 50
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), expected)
    assert kafka.committed(group, topic) == kafka.ends(topic)


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_a_log_that_is_cut_behind_a_slow_host_loses_only_what_is_told(
    start_host, kafka: View, make_topic, group, tmp_path, strategy
):
    """What the host already holds is handled; of the rest it says how much it could not read."""
    topic = make_topic(1)
    messages = kafka.produce(topic, ((0, b"k", b"%d." % i + b"." * 1000) for i in range(1_000)))
    gate = tmp_path / "gate"
    gate.touch()
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        max_in_flight_messages=10,
        **NO_RETRIES,
        consumer={
            "partition.assignment.strategy": strategy,
            "queued.max.messages.kbytes": "1",
            "fetch.message.max.bytes": "8192",
        },
        ledger={"gate": str(gate)},
    )
    host.wait_for(
        "reading has stopped", lambda: host.scrape().sum("tidegate_messages_in_flight") >= 10
    )
    kafka.delete_before(topic, {0: 900})
    gate.unlink()
    host.wait_for("all is handled that there is", lambda: messages[-1] in host.ledger.handled())
    handled = host.ledger.handled()
    unread = {m for m in messages[:900] if m not in handled}
    assert unread, "the log was to be cut before the host had read it all"
    assert host.scrape().sum("tidegate_offsets_lost_total", pipeline="main") == len(unread)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), set(messages) - unread)
    assert {m.offset for m in unread} == set(range(min(m.offset for m in unread), 900))


def test_error_fails_the_pipeline_whose_position_is_below_the_start_of_the_log(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    kafka.produce_unique(topic, 1, 100)
    kafka.commit_as(group, topic, {0: 10})
    kafka.delete_before(topic, {0: 60})
    host = start_host("host", group_id=group, topics=[topic], start_offset="error")
    assert host.wait_exit() == EXIT_FAILED, host.log_tail()
    assert host.ledger.messages() == [] and kafka.committed(group, topic) == {0: 10}
