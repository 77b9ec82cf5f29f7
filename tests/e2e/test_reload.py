# SPDX-License-Identifier: Apache-2.0
"""Reloads that change nothing and say why, and the other ways to ask for one."""

from __future__ import annotations

import signal

import pytest

from control import ask, facts, tidegate
from host import EXIT_OK
from kafka_view import View
from ledger import assert_each_once
from versions import (
    CALL_US,
    FIRST,
    MODES,
    content,
    plugin,
    plugin_of,
    reloads,
    start,
    wait_finished,
)

PARTITIONS = 6


@pytest.mark.parametrize("isolation", MODES)
def test_what_cannot_be_run_changes_nothing_and_says_why(
    start, kafka: View, make_topic, group, plugin, isolation
):
    topic = make_topic(PARTITIONS)
    messages = kafka.produce_unique(topic, PARTITIONS, 3_000)
    host = start(topic, isolation)
    host.wait_handled(200)
    workers = len(host.events("worker_ready"))
    assert facts(host, "reload", "main")["pipelines"][0]["result"] == "unchanged"
    broken = {
        "no library": b"not a library",
        "half a file": content("half1")[:40_000],
        "no such habit": content("vain1", "pray 5"),  # create throws
    }
    for what, library in broken.items():
        plugin.path.write_bytes(library)
        answer = tidegate("reload", "main", "-c", str(host.config_path))
        assert answer.returncode == 1, what
        assert "pipeline main: plugin" in answer.stderr, what
        assert plugin_of(host)["version"] == FIRST and plugin_of(host)["generation"] == 1
    assert reloads(host, "refused") == len(broken)
    failures = host.scrape().sum("tidegate_plugin_load_failures_total", pipeline="main")
    assert failures == len(broken)
    plugin.path.unlink()
    assert tidegate("reload", "main", "-c", str(host.config_path)).returncode == 1
    wait_finished(host, kafka, group, topic)
    assert len(host.events("worker_ready")) == workers, "the worker that runs was left alone"
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages)


def test_a_watched_file_and_a_hang_up_reload_too(start, kafka: View, make_topic, plugin):
    topic = make_topic(1)
    host = start(topic, "thread", plugin_keys={"watch": True}, retry={"mode": "none"})
    host.wait_for("it has its partition", lambda: host.assigned() == 1)
    plugin.deploy("seen1")
    host.wait_event("plugin_swapped", plugin_version="seen1")
    before = reloads(host, "unchanged")
    host.send(signal.SIGHUP)
    host.wait_event("config_reloaded")
    host.wait_for("the file was read once more", lambda: reloads(host, "unchanged") > before)
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_a_configuration_that_is_broken_or_needs_a_restart_changes_nothing(
    start, make_topic, plugin
):
    host = start(make_topic(1), "thread", retry={"mode": "none"})
    host.wait_for("it has its partition", lambda: host.assigned() == 1)
    written = host.config_path.read_text()
    plugin.deploy("next1")
    for wrong, word in (
        (written.replace('"concurrency"', '"concurency"'), 'did you mean "concurrency"?'),
        (written.replace('"level" = "info"', '"level" = "debug"'), "log.level"),
    ):
        assert wrong != written
        host.config_path.write_text(wrong)
        answer = tidegate("reload", "-c", str(host.config_path))
        assert answer.returncode == 1
        assert word in answer.stderr and "nothing has changed" in answer.stderr, answer.stderr
        assert plugin_of(host)["version"] == FIRST
        scrape = host.scrape()
        assert scrape.sum("tidegate_config_last_reload_successful") == 0
    # What is the plugin's own is taken, with its new file.
    host.config_path.write_text(written.replace(f'"delay_us" = {CALL_US}', '"delay_us" = 1'))
    assert "ledger next1 instead of 0.1.0" in ask(host, "reload")
    scrape = host.scrape()
    assert scrape.sum("tidegate_config_last_reload_successful") == 1
    assert scrape.sum("tidegate_config_reloads_total", result="rejected") == 2
    assert host.terminate() == EXIT_OK, host.log_tail()
