# SPDX-License-Identifier: Apache-2.0
"""Reloads that do not come to what the configuration says: what cannot run is put back, what does not end is
left alone, and a stop in the middle ends the host."""

from __future__ import annotations

import signal
import time

import pytest
from changing import (
    edit,
    edit_pipeline,
    no_counter_falls,
    reload,
    reload_by_half,
    states,
    wait_runs,
)
from control import pipeline_of
from host import EXIT_FAILED, EXIT_OK
from kafka_view import View
from ledger import assert_each_once
from test_reload_pipelines import PARTITIONS, keys, more_handled
from versions import FIRST, plugin, wait_finished

CANNOT_RUN = {
    "made": {"isolation": "process", "worker": {"memory": "1MiB"}},
    "started": {"retry": {"mode": "none", "create_topics": False}, "dead_letter": {"topic": "not-there"}},
}
SHUTDOWN = ("--set", "host.shutdown_timeout=3s")


@pytest.mark.parametrize("what", CANNOT_RUN)
def test_what_cannot_be_made_or_started_falls_back_to_what_ran(
    start_host, kafka: View, make_topic, unique, plugin, what
):
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, 12_000)
    groups = {name: unique(name) for name in ("main", "other")}
    its_file = {"ledger_plugin": str(plugin.path), "is_ledger": True}
    host = start_host(
        "host",
        pipelines={
            "main": keys(groups["main"], topic, **its_file),
            "other": keys(groups["other"], topic),
        },
    )
    for name in groups:
        wait_runs(host, name)
        more_handled(host, name)
    good = host.config_path.read_text()
    plugin.deploy("next1")  # is there when the old one is put back from its private copy
    edit_pipeline(host, "main", **CANNOT_RUN[what])
    edit_pipeline(host, "other", concurrency=3)
    with no_counter_falls(host, *groups):
        answer = reload_by_half(host)
        assert "pipeline main: rolled_back: " in answer and "pipeline other: changed" in answer, answer
        for name in groups:
            wait_runs(host, name)
            more_handled(host, name)
    assert pipeline_of(host)["plugin"]["version"] == FIRST
    scrape = host.scrape()
    assert scrape.sum("tidegate_config_reloads_total", result="rolled_back") == 1
    assert scrape.sum("tidegate_config_last_reload_successful") == 0
    host.wait_event("config_rolled_back")
    # What runs is what later reloads are compared to: main takes its plugin, other is changed back.
    host.config_path.write_text(good)
    assert reload(host) == {"main": "swapped", "other": "changed"}
    assert pipeline_of(host)["plugin"]["version"] == "next1"
    for group in groups.values():
        wait_finished(host, kafka, group, topic)
    assert host.terminate() == EXIT_OK, host.log_tail()
    for name in groups:
        assert_each_once(host.ledger_of(name).messages(), written)
        (line,) = host.events("summary", pipeline=name)
        assert line["adds_up"] and line["ok"] == len(written), line


def stuck(start_host, kafka: View, make_topic, unique, gate, drain_timeout: str):
    """A host with a call in main that does not return while the gate is there, and another pipeline."""
    gate.touch()
    topic = make_topic(PARTITIONS)
    written = kafka.produce(topic, [(0, b"stuck", b"stuck")])
    host = start_host(
        "host",
        pipelines={
            "main": keys(
                unique("main"),
                topic,
                drain_timeout=drain_timeout,
                ledger={"gate": str(gate), "gate_key": "stuck"},
            ),
            "other": keys(unique("other"), topic),
        },
        arguments=SHUTDOWN,
    )
    wait_runs(host, "other")
    host.wait_for("the call has begun", lambda: pipeline_of(host)["handlers_in_flight"] == 1)
    return host, topic, written


def test_a_drain_that_does_not_end_fails_its_pipeline_and_no_other(
    start_host, kafka: View, make_topic, unique, tmp_path
):
    gate = tmp_path / "gate"
    host, topic, written = stuck(start_host, kafka, make_topic, unique, gate, "500ms")
    edit_pipeline(host, "main", concurrency=4)
    edit_pipeline(host, "other", concurrency=4)
    answer = reload_by_half(host)
    assert "pipeline main: failed: " in answer and "pipeline other: changed" in answer, answer
    assert states(host)["main"] == "failed"
    wait_runs(host, "other")
    assert host.events("handler_stuck", pipeline="main")
    # When the call has returned, the next reload makes it anew.
    gate.unlink()
    host.wait_for("the call has returned", lambda: not pipeline_of(host)["handlers_in_flight"])
    assert reload(host) == {"other": "unchanged", "main": "changed"}
    written += kafka.produce(topic, [(i % PARTITIONS, b"k", b"v.%d" % i) for i in range(50)])
    host.wait_for("all is handled again", lambda: host.ledger.handled() == set(written))
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_a_drain_that_does_not_end_hangs_no_stop(
    start_host, kafka: View, make_topic, unique, tmp_path
):
    host, _, _ = stuck(start_host, kafka, make_topic, unique, tmp_path / "gate", "500ms")
    edit(host, lambda all: all["pipelines"].pop("main"))
    assert "pipeline main: failed: " in reload_by_half(host)
    assert states(host) == {"main": "failed", "other": "running"}
    assert host.terminate() == EXIT_FAILED, "as of every host with a call that does not return"
    assert host.events("handler_stuck", pipeline="main")


def test_a_stop_in_the_middle_of_a_reload_ends_the_host_and_starts_nothing(
    start_host, kafka: View, make_topic, unique, tmp_path
):
    gate = tmp_path / "gate"
    host, _, written = stuck(start_host, kafka, make_topic, unique, gate, "20s")
    edit_pipeline(host, "main", concurrency=4)
    edit(host, lambda all: all["pipelines"].update(late={**all["pipelines"]["other"], "group_id": unique("late")}))
    host.send(signal.SIGHUP)
    host.wait_event("pipeline_changing", pipeline="main")
    asked = time.monotonic()
    host.send(signal.SIGTERM)
    host.wait_event("draining")
    gate.unlink()
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    assert time.monotonic() - asked < 15, "it did not wait for the reload's own patience"
    assert not host.events("partitions_assigned", pipeline="late")
    assert [line["result"] for line in host.events("pipeline_change_failed")] == ["failed", "failed"]
    assert {line["state"] for line in host.events("summary")} == {"stopped"}
    assert all(line["adds_up"] for line in host.events("summary"))
    assert_each_once(host.ledger.messages(), written)


def test_what_is_wrong_anywhere_touches_no_pipeline(
    start_host, kafka: View, make_topic, unique, plugin, tmp_path
):
    topic = make_topic(PARTITIONS)
    host = start_host("host", pipelines={"main": keys(unique("main"), topic)})
    wait_runs(host)
    good = host.config_path.read_text()
    for wrong, word in (
        (lambda all: all["log"].update(level="debug"), "only a restart takes them"),
        (lambda all: all["pipelines"]["main"].update(concurency=1), 'did you mean "concurrency"?'),
        (lambda all: all["pipelines"]["late"]["plugin"].update(path="not-there.so"), "pipelines.late.plugin.path"),
    ):
        def late(all: dict) -> None:
            all["pipelines"]["late"] = {**all["pipelines"]["main"], "group_id": unique("late")}
            all["pipelines"]["late"]["plugin"] = {**all["pipelines"]["main"]["plugin"]}
            all["pipelines"]["main"]["concurrency"] = 7

        edit(host, late)
        edit(host, wrong)
        answer = reload_by_half(host)
        assert word in answer and "nothing has changed" in answer, answer
        host.config_path.write_text(good)
    assert states(host) == {"main": "running"} and pipeline_of(host)["concurrency"] == 2
    assert not host.events("pipeline_changing") and not host.events("partitions_revoked")
    assert host.scrape().sum("tidegate_config_reloads_total", result="rejected") == 3
    assert host.terminate() == EXIT_OK, host.log_tail()
