# SPDX-License-Identifier: Apache-2.0
"""A reload changes, adds and removes pipelines of a host under load: each message is handled once, totals
go on, and the pipelines that stay as they are do not notice."""

from __future__ import annotations

from changing import (
    edit,
    edit_pipeline,
    member_ids,
    no_counter_falls,
    reload,
    states,
    wait_runs,
)
from control import ask, facts, pipeline_of
from host import EXIT_OK
from kafka_view import View
from ledger import assert_each_once, assert_lane_order
from versions import wait_finished

PARTITIONS = 4
MESSAGES = 24_000
DELAY_US = 1_000


def keys(group: str, topic: str, **more) -> dict:
    return {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "concurrency": 2,
        "retry": {"mode": "none"},  # no consumer of retry topics joins the group
        "ledger": {"delay_us": DELAY_US},
        **more,
    }


def more_handled(host, name: str, count: int = 20) -> None:
    before = host.ledger_of(name).count()
    host.wait_for(f"{name} goes on", lambda: host.ledger_of(name).count() >= before + count)


def assert_books_closed(host, *pipelines: str) -> None:
    for name in pipelines:
        (line,) = host.events("summary", pipeline=name)
        assert line["adds_up"] and line["consumed"] >= host.ledger_of(name).count(), line


def test_a_change_handles_each_message_once_and_the_others_do_not_notice(
    start_host, kafka: View, make_topic, unique
):
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, MESSAGES)
    groups = {name: unique(name) for name in ("main", "other")}
    host = start_host("host", pipelines={n: keys(group, topic) for n, group in groups.items()})
    for name in groups:
        wait_runs(host, name)
        more_handled(host, name)
    members = member_ids(kafka, groups["other"])
    rebalances = host.scrape().sum("tidegate_rebalances_total", pipeline="other")
    with no_counter_falls(host, *groups):
        for change in (
            {"concurrency": 4},
            {"ordering": "key", "batch": {"max_messages": 7}},
            {"consumers": 2, "commit": {"interval": "200ms"}},
            {"retry": {"mode": "in_place", "max_retries": 1}, "isolation": "process"},
            {"max_in_flight_messages": 900, "drain_timeout": "9s"},
        ):
            edit_pipeline(host, "main", **change)
            assert reload(host) == {"other": "unchanged", "main": "changed"}
            wait_runs(host)
            for name in groups:
                more_handled(host, name)
        assert reload(host) == {"main": "unchanged", "other": "unchanged"}
        assert host.ledger.count() < len(written), "there was load until the last change"
        for name, group in groups.items():
            wait_finished(host, kafka, group, topic)
    assert member_ids(kafka, groups["other"]) == members
    assert host.scrape().sum("tidegate_rebalances_total", pipeline="other") == rebalances
    assert not host.events("partitions_revoked", pipeline="other")
    assert pipeline_of(host)["plugin"]["generation"] == 1, "it was made anew"
    assert host.terminate() == EXIT_OK, host.log_tail()
    for name in groups:
        assert_each_once(host.ledger_of(name).messages(), written)
        (line,) = host.events("summary", pipeline=name)
        assert line["adds_up"] and line["ok"] == len(written), line
    assert_lane_order(host.ledger_of("other").calls(), lambda call: call.message.partition)


def test_pipelines_come_and_go_and_their_series_with_them(
    start_host, kafka: View, make_topic, unique
):
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, 4_000)
    groups = {name: unique(name) for name in ("main", "late")}
    host = start_host("host", pipelines={n: keys(group, topic) for n, group in groups.items()})
    wait_runs(host, "main")
    wait_runs(host, "late")
    table = {}
    edit(host, lambda all: table.update(late=all["pipelines"].pop("late")))
    assert reload(host) == {"main": "unchanged", "late": "removed"}
    assert not kafka.members(groups["late"]) and host.scrape().pipelines() == {"main"}
    assert 'pipeline="late"' not in host.scrape().text
    assert kafka.committed(groups["late"], topic), "what it had finished is committed"
    edit(host, lambda all: all["pipelines"].update(table))
    assert reload(host) == {"main": "unchanged", "late": "added"}
    wait_runs(host, "late")
    for group in groups.values():
        wait_finished(host, kafka, group, topic)
    assert host.terminate() == EXIT_OK, host.log_tail()
    for name in groups:
        assert_each_once(host.ledger_of(name).messages(), written)
    assert_books_closed(host, "main")


def test_a_host_outlives_the_change_and_the_rename_of_its_only_pipeline(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, 6_000)
    only = keys(group, topic, delivery="exactly_once")
    host = start_host("host", pipelines={"main": only})
    wait_runs(host)
    edit(host, lambda all: all["clusters"]["main"]["librdkafka"].update({"client.id": "other"}))
    assert reload(host) == {"main": "changed"}, "a cluster's keys are of every pipeline on it"
    more_handled(host, "main")
    # The same group, and so the same transactional ids: the old one is gone before the new one begins.
    edit(host, lambda all: all["pipelines"].update(next=all["pipelines"].pop("main")))
    assert reload(host) == {"main": "removed", "next": "added"}
    wait_runs(host, "next")
    wait_finished(host, kafka, group, topic)
    assert states(host) == {"next": "running"}
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), written)


def test_a_host_that_ends_when_caught_up_does_so_after_a_change(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, 6_000)
    host = start_host("host", pipelines={"main": keys(group, topic)}, arguments=("--exit-when-caught-up",))
    host.wait_handled(100)
    edit_pipeline(host, "main", concurrency=4)
    assert reload(host) == {"main": "changed"}
    assert host.wait_exit(120) == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), written)


def test_an_operators_pause_outlives_a_change(start_host, kafka: View, make_topic, group):
    topic = make_topic(PARTITIONS)
    host = start_host("host", pipelines={"main": keys(group, topic)})
    wait_runs(host)
    ask(host, "pause", "main")
    edit_pipeline(host, "main", concurrency=4)
    assert reload(host) == {"main": "changed"}
    (written,) = kafka.produce(topic, [(0, b"k", b"v")])
    host.wait_for("it has been read", lambda: pipeline_of(host)["in_flight"] == 1)
    assert pipeline_of(host)["paused_by"] == ["operator"] and not host.ledger.count()
    ask(host, "resume", "main")
    host.wait_handled(1)
    assert facts(host, "status")["ready"]
    assert host.terminate() == EXIT_OK, host.log_tail()
