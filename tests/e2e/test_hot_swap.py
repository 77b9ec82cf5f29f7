# SPDX-License-Identifier: Apache-2.0
"""Another version of a plugin is swapped in while messages flow: nothing is lost, handled twice or
out of order, the group does not notice, and a version that is worse is taken back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import requests

from control import ask, facts, pipeline_of
from copies import read_copies
from failures import let_pass
from host import EXIT_OK, Host
from kafka_view import Message, View
from ledger import assert_each_once, assert_lane_order, assert_same_messages
from swap_stops import longest_ms, of_the_slowest, switches_ms
from versions import FIRST, MODES, SLOTS, plugin, plugin_of, reloads, start, wait_finished

PARTITIONS = 6
# More than a third of a second of load for each swap.
MESSAGES_A_SWAP = 1_000
SLOW_CALL_US = 2_000
# So many looks at lanes of which none is being swapped: what the machine does to them anyway.
CALM_LOOKS = 30
STOPPED_AT_MOST_MS = 20


def membership(kafka: View, group: str) -> list[str]:
    return sorted(member["member_id"] for member in kafka.members(group))


def rebalances(host: Host) -> float:
    return host.scrape().sum("tidegate_rebalances_total", pipeline="main")


def assert_stayed(host: Host, kafka: View, group: str, members: list[str]) -> None:
    """Those members are still there and have given nothing up. What a version fails makes the consumer
    of the retry topics come, which is a member more."""
    assert set(members) <= set(membership(kafka, group))
    assert not host.events("partitions_revoked") and not host.events("partitions_lost")


def as_read(kafka: View, topic: str) -> list[Message]:
    """What a reader of its own finds in the topic."""
    return [Message(*found[:3], found.key, found.value) for found in read_copies(kafka, topic)]


def reload(host: Host) -> dict:
    """Over HTTP: a command would take the processor that the handlers are to be measured on."""
    answer = requests.post(host.url("/api/v1/pipelines/main/reload"), timeout=60)
    assert answer.status_code == 200, answer.text
    (pipeline,) = answer.json()["pipelines"]
    return pipeline


def timed(what: Callable[[], object]) -> tuple[int, int]:
    begin = time.monotonic_ns()
    what()
    return begin, time.monotonic_ns()


def swaps(host: Host, plugin, count: int) -> Iterator[tuple[int, int]]:
    """When each of them was asked for and answered; the version that comes then is the swap's number."""
    for number in range(1, count + 1):
        version = f"{number:05d}"
        plugin.deploy(version, f"none {number}")
        begin = time.monotonic_ns()
        answer = reload(host)
        yield begin, time.monotonic_ns()
        assert (answer["result"], answer["version"]) == ("swapped", version), answer
        assert answer["old_generations_left"] == 0


@pytest.mark.parametrize("isolation", MODES)
def test_swaps_under_load_lose_repeat_and_reorder_nothing(
    start, kafka: View, make_topic, group, plugin, full, note_figure, isolation
):
    count = 500 if full else 30
    topic = make_topic(PARTITIONS)
    written = kafka.produce_unique(topic, PARTITIONS, MESSAGES_A_SWAP * (count + CALM_LOOKS))
    # A slot for each lane, and room for all of them: no lane ever waits for another one's.
    host = start(
        topic,
        isolation,
        ledger={"delay_us": SLOW_CALL_US},
        concurrency=PARTITIONS,
        retry={"mode": "none"},  # no consumer of retry topics joins the group
        max_in_flight_messages=2 * len(written),
        max_in_flight_bytes="2GiB",
        arguments=("--set", "admin.enable_lifecycle=true"),
    )
    host.wait_handled(1_000)
    members, seen = membership(kafka, group), rebalances(host)
    calm = [timed(lambda: let_pass("nothing", 0.1)) for _ in range(CALM_LOOKS)]
    windows = list(swaps(host, plugin, count))
    assert host.ledger.count() < len(written), "there was load until the last swap"
    assert membership(kafka, group) == members and rebalances(host) == seen
    assert plugin_of(host)["generation"] == count + 1
    wait_finished(host, kafka, group, topic, deadline=600)
    assert membership(kafka, group) == members and rebalances(host) == seen
    assert host.terminate() == EXIT_OK, host.log_tail()
    calls = host.ledger.calls()
    assert_each_once(host.ledger.messages(), written)
    assert_same_messages(written, as_read(kafka, topic))
    assert_lane_order(calls, lambda call: call.message.partition)
    switches = switches_ms(calls)
    assert len(switches) > 0.9 * count * PARTITIONS, "nearly every lane has taken every version"
    stops, still = longest_ms(calls, windows), longest_ms(calls, calm)
    took = [(end - begin) / 1e6 for begin, end in windows]
    note_figure(
        f"{isolation}: {count} swaps of {PARTITIONS} lanes, each {sum(took) / count:.0f} ms from request "
        f"to answer; stop of a lane at its switch {of_the_slowest(switches)}; its longest stop while a "
        f"swap is under way {of_the_slowest(stops)}, while none is {of_the_slowest(still)}"
    )
    if full:  # a busy machine stops lanes too
        assert switches[int(len(switches) * 0.99)] <= STOPPED_AT_MOST_MS


@pytest.mark.parametrize("isolation", MODES)
def test_a_version_that_fails_a_fifth_is_taken_back_by_itself(
    start, kafka: View, make_topic, group, plugin, isolation
):
    topic = make_topic(PARTITIONS)
    messages = kafka.produce_unique(topic, PARTITIONS, 8_000)
    host = start(topic, isolation, retry={"max_retries": 3, "delays": ["200ms"]})
    host.wait_handled(500)
    members = membership(kafka, group)
    plugin.deploy("worse", "fail 5")
    (answer,) = facts(host, "reload", "main")["pipelines"]
    assert answer["result"] == "swapped" and answer["version"] == "worse"
    rolled_back = host.wait_event("plugin_rolled_back")
    assert rolled_back["bad_version"] == "worse" and rolled_back["plugin_version"] == FIRST
    assert "calls failed" in rolled_back["why"]
    assert reloads(host, "rolled_back") == 1
    assert plugin_of(host)["version"] == FIRST
    assert "worse was taken back" in ask(host, "status")
    wait_finished(host, kafka, group, topic)
    host.wait_handled(len(messages))
    assert_stayed(host, kafka, group, members)
    assert host.terminate() == EXIT_OK, host.log_tail()
    origins = [call.message.value for call in host.ledger.calls()]
    assert sorted(origins) == sorted(message.value for message in messages), "each once in the end"


def test_a_version_that_crashes_is_taken_back_by_itself(
    start, kafka: View, make_topic, group, plugin
):
    topic = make_topic(PARTITIONS)
    messages = kafka.produce_unique(topic, PARTITIONS, 8_000)
    host = start(topic, "process", retry={"max_retries": 3, "delays": ["200ms"]})
    host.wait_handled(500)
    pid, members = host.process.pid, membership(kafka, group)
    plugin.deploy("crash", "abort 50")
    (answer,) = facts(host, "reload", "main")["pipelines"]
    assert answer["result"] == "swapped"
    rolled_back = host.wait_event("plugin_rolled_back")
    assert rolled_back["why"] == "its worker process died"
    wait_finished(host, kafka, group, topic)
    host.wait_handled(len(messages))
    assert host.process.pid == pid
    assert_stayed(host, kafka, group, members)
    assert plugin_of(host)["version"] == FIRST
    assert pipeline_of(host)["paused_by"] == []
    assert host.terminate() == EXIT_OK, host.log_tail()
    handled = host.ledger.messages()
    assert {message.value for message in handled} == {message.value for message in messages}
    # What the dying worker had in other slots may have been written down and not answered.
    deaths = len(host.events("worker_died"))
    assert len(handled) - len(messages) <= SLOTS * deaths


def test_a_call_that_lasts_keeps_its_version_and_the_other_lanes_go_on(
    start, kafka: View, make_topic, group, plugin, tmp_path
):
    topic = make_topic(PARTITIONS)
    gate = tmp_path / "gate"
    gate.touch()
    stuck = kafka.produce(topic, [(0, b"stuck", b"stuck")])
    host = start(topic, "thread", ledger={"gate": str(gate), "gate_key": "stuck"})
    host.wait_for(
        "the call has begun", lambda: host.scrape().sum("tidegate_handlers_in_flight") == 1
    )
    plugin.deploy("next1")
    (answer,) = facts(host, "reload", "main")["pipelines"]
    assert answer["result"] == "swapped" and answer["old_generations_left"] == 1
    others = kafka.produce(topic, [(1 + i % 5, b"k", b"o.%d" % i) for i in range(500)])
    host.wait_handled(len(others))
    assert plugin_of(host)["old_generations_left"] == 1
    gate.unlink()
    host.wait_for("the old one has ended", lambda: plugin_of(host)["old_generations_left"] == 0)
    wait_finished(host, kafka, group, topic)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), stuck + others)
