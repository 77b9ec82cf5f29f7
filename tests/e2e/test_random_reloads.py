# SPDX-License-Identifier: Apache-2.0
"""Reloads of a host under load, of configurations and plugins that were edited at random: what is
broken changes nothing and is answered with its findings, what can be run is taken, by swapped plugins
and by pipelines made anew, and messages flow on, each handled once and in order."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
from pathlib import Path

import requests

from changing import no_counter_falls
from control import tidegate
from host import EXIT_OK, Host
from kafka_view import View
from ledger import assert_each_once, assert_lane_order
from random_edits import BROKEN, VALID, Deployed, Desk, Step
from versions import content, wait_finished

SEED = int(os.environ.get("TIDEGATE_SEED", "11"))
PARTITIONS = 4
DELAY_US = 2_000
MESSAGES_A_RELOAD = 1_500
FLOWS = 20  # messages of each pipeline after each reload
ISOLATION = {"main": "thread", "other": "process"}
ANSWER_SECONDS = 60


def asked(host: Host, verb: str) -> subprocess.CompletedProcess[str]:
    # By its state folder: the configuration may be broken just now.
    return tidegate(verb, "--state-dir", str(host.folder / "state"), "--format", "json")


def by_command(host: Host, refused: bool) -> str:
    answer = asked(host, "reload")
    assert answer.returncode == (1 if refused else 0), answer.stdout + answer.stderr
    return answer.stderr if refused else answer.stdout


def over_http(host: Host, refused: bool) -> str:
    answer = requests.post(host.url("/-/reload"), timeout=ANSWER_SECONDS)
    assert answer.status_code == (422 if refused else 200), answer.text
    return answer.text


def by_signal(host: Host, refused: bool) -> str:
    event = "config_rejected" if refused else "config_reloaded"
    before = len(host.events(event))
    host.send(signal.SIGHUP)
    host.wait_for(f"another {event}", lambda: len(host.events(event)) > before)
    return host.events(event)[-1]["error"] if refused else ""


DOORS = {"reload": by_command, "POST": over_http, "SIGHUP": by_signal}


def plugins_of(host: Host) -> dict[str, dict]:
    said = asked(host, "status")
    assert said.returncode == 0, said.stderr
    return {one["name"]: one["plugin"] for one in json.loads(said.stdout)["pipelines"]}


def generations(host: Host) -> dict[str, int]:
    return {name: plugin["generation"] for name, plugin in plugins_of(host).items()}


def versions(host: Host) -> dict[str, str]:
    return {name: plugin["version"] for name, plugin in plugins_of(host).items()}


def rebalances(host: Host) -> dict[str, float]:
    scrape = host.scrape()
    return {name: scrape.sum("tidegate_rebalances_total", pipeline=name) for name in ISOLATION}


def judge(host: Host, desk: Desk, step: Step, door: str, before: dict[str, int]) -> None:
    """before: the generations that ran when the files were edited."""
    refused = bool(step.words)
    kept = {name: count for name, count in rebalances(host).items() if name not in step.changed}
    swapped = {name for name, runs in step.runs.items() if runs != desk.runs[name]}
    answer = DOORS[door](host, refused)
    for word in step.words:
        assert word in answer, answer
    assert "nothing has changed" in answer or not refused, answer
    desk.runs.update(step.runs)
    wanted = {
        name: 1 if name in step.changed else before[name] + (name in swapped) for name in before
    }
    if door == "SIGHUP" and not refused:
        host.wait_for("the pipelines have done it", lambda: generations(host) == wanted)
    assert generations(host) == wanted
    assert versions(host) == {name: runs.version for name, runs in desk.runs.items()}
    if not refused and answer:
        results = {one["pipeline"]: one["result"] for one in json.loads(answer)["pipelines"]}
        assert results == {
            n: "changed" if n in step.changed else "swapped" if n in swapped else "unchanged"
            for n in desk.runs
        }
    assert kept.items() <= rebalances(host).items(), "the others did not notice"
    assert host.scrape().sum("tidegate_config_last_reload_successful") == (not refused)


def flows_on(host: Host) -> None:
    before = {name: host.ledger_of(name).count() for name in ISOLATION}
    for name, count in before.items():
        ledger = host.ledger_of(name)
        host.wait_for(f"{name} handles on", lambda: ledger.count() >= count + FLOWS)


def start(make_host, topic: str, unique, folder: Path) -> tuple[Host, Desk, dict[str, str]]:
    plugins = {name: folder / f"{name}.so" for name in ISOLATION}
    groups = {name: unique(name) for name in ISOLATION}
    first = Deployed("00000", DELAY_US)
    for file in plugins.values():
        file.write_bytes(content(first.version))
    host = make_host(
        "host",
        pipelines={
            name: {
                "group_id": groups[name],
                "topics": [topic],
                "start_offset": "earliest",
                "isolation": isolation,
                "concurrency": PARTITIONS,
                "retry": {"mode": "none"},  # no consumer of retry topics joins the group
                "ledger_plugin": str(plugins[name]),
                "is_ledger": True,
                "ledger": {"delay_us": DELAY_US},
            }
            for name, isolation in ISOLATION.items()
        },
        arguments=("--set", "admin.enable_lifecycle=true"),
    ).start()
    return host, Desk(host.config_path, plugins, dict.fromkeys(ISOLATION, first)), groups


def test_9_what_is_broken_changes_nothing_and_says_why(
    make_host, kafka: View, make_topic, unique, tmp_path, full, note_figure
):
    count = 100 if full else 26
    chance = random.Random(SEED)
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, MESSAGES_A_RELOAD * count)
    host, desk, groups = start(make_host, topic, unique, tmp_path)
    flows_on(host)
    # Every edit comes, the rest by chance; one in two can be run.
    edits = [*BROKEN.items(), *VALID.items()]
    while len(edits) < count:
        edits.append(chance.choice([*(VALID if len(edits) % 2 else BROKEN).items()]))
    chance.shuffle(edits)
    refused = 0
    for number, (what, edit) in enumerate(edits):
        pipeline, door = chance.choice([*ISOLATION]), chance.choice([*DOORS])
        before = generations(host)
        step = edit(desk, pipeline, chance)
        refused += bool(step.words)
        try:
            with no_counter_falls(host, *ISOLATION):
                judge(host, desk, step, door, before)
                flows_on(host)
        except AssertionError as wrong:
            raise AssertionError(
                f"seed {SEED}, reload {number} by {door}: {what}, of {pipeline}\n{wrong}"
            ) from wrong
        desk.as_it_runs(chance)
    for name in ISOLATION:
        handled = host.ledger_of(name).count()
        assert handled < len(written), f"{name} had load until the last reload"
    scrape = host.scrape()
    assert scrape.sum("tidegate_config_reloads_total", result="rejected") == refused
    assert scrape.sum("tidegate_config_reloads_total", result="applied") == count - refused
    for group in groups.values():
        wait_finished(host, kafka, group, topic, deadline=300)
    assert host.terminate() == EXIT_OK, host.log_tail()
    for name in ISOLATION:
        assert_each_once(host.ledger_of(name).messages(), written)
        assert_lane_order(host.ledger_of(name).calls(), lambda call: call.message.partition)
    note_figure(f"{count} reloads (seed {SEED}), {refused} of them broken: none of these took effect")
