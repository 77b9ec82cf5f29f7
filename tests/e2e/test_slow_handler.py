# SPDX-License-Identifier: Apache-2.0
"""A handler call that takes too long is told, shown and waited for (DESIGN §7, threads)."""

from __future__ import annotations

from host import EXIT_FAILED, EXIT_OK
from kafka_view import View
from ledger import assert_each_once


def stalled_host(start_host, kafka, make_topic, group, gate, **keys):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 10)
    gate.touch()
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        ledger={"gate": str(gate)},
        **keys,
    )
    return host, topic, messages


def test_a_call_past_its_soft_timeout_is_logged_and_visible(
    start_host, kafka: View, make_topic, group, tmp_path
):
    gate = tmp_path / "gate"
    host, topic, messages = stalled_host(
        start_host,
        kafka,
        make_topic,
        group,
        gate,
        handler_soft_timeout="300ms",
        handler_timeout="1s",
    )
    for event in ("handler_slow", "handler_timeout"):
        line = host.wait_event(event)
        assert (line["pipeline"], line["topic"], line["partition"], line["offset"]) == (
            "main",
            topic,
            0,
            0,
        )
    oldest = host.status()["pipelines"][0]["oldest_in_flight"]
    assert (oldest["topic"], oldest["partition"], oldest["offset"]) == (topic, 0, 0)
    assert oldest["running_seconds"] >= 1
    started = host.scrape().sum(
        "tidegate_oldest_in_flight_start_timestamp_seconds", pipeline="main"
    )
    assert abs(started - oldest["started_at_unix_seconds"]) < 1
    gate.unlink()
    host.wait_handled(len(messages))
    host.wait_for(
        "no call is shown any more",
        lambda: host.scrape().sum(
            "tidegate_oldest_in_flight_start_timestamp_seconds", pipeline="main"
        )
        == 0,
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages)  # the outcome is what the call returned
    assert len(host.events("handler_slow")) == len(host.events("handler_timeout")) == 1


def test_sigterm_waits_for_a_call_under_way_and_commits_it(
    start_host, kafka: View, make_topic, group, tmp_path
):
    gate = tmp_path / "gate"
    host, topic, messages = stalled_host(start_host, kafka, make_topic, group, gate)
    host.wait_for("a call runs", lambda: host.scrape().sum("tidegate_handlers_in_flight") == 1)
    host.note_memory()
    host.send(15)
    host.wait_event("stop_requested")
    gate.unlink()
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    handled = host.ledger.messages()
    assert 1 <= len(handled) and kafka.committed(group, topic) == {0: len(handled)}


def test_a_call_that_never_returns_does_not_hold_up_the_stop(
    start_host, kafka: View, make_topic, group, tmp_path
):
    """At shutdown_timeout: what is finished is committed, the stuck message named, exit code 1."""
    gate = tmp_path / "gate"
    topic = make_topic(2)
    free = kafka.produce(topic, ((1, b"free", b"free.%d" % i) for i in range(100)))
    stuck = kafka.produce(topic, [(0, b"stuck", b"stuck")])
    gate.touch()
    host = start_host(
        "host",
        arguments=("--set", "host.shutdown_timeout=2s"),
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=2,
        ordering="key",
        ledger={"gate": str(gate), "gate_key": "stuck"},
    )
    host.wait_handled(len(free))
    host.wait_for(
        "the stuck call runs", lambda: host.scrape().sum("tidegate_handlers_in_flight") == 1
    )
    assert host.terminate() == EXIT_FAILED, host.log_tail()
    assert kafka.committed(group, topic) == {0: 0, 1: len(free)}
    assert any(
        line.get("topic") == topic
        and line.get("offset") == stuck[0].offset
        and line.get("partition") == 0
        for line in host.log()
    ), host.log_tail()
    assert kafka.members(group) == [], "it was to leave its group"
