# SPDX-License-Identifier: Apache-2.0
"""What a group's protocol could change and does not: a killed member's share goes to the others,
a handler that outlasts max.poll.interval.ms costs no membership, a static member comes back to its
partitions. Joining and leaving under load is in test_rebalance.py, with the same protocols."""

from __future__ import annotations

import pytest

from host import EXIT_CONFIGURATION, EXIT_OK, Host
from kafka_view import View
from ledger import assert_each_once, assert_same_messages
from protocols import PROTOCOLS, consumer_of
from waiting import wait_until

SLOW = {"delay_us": 200}
NO_RETRIES = {"retry": {"mode": "none"}, "dead_letter": {"enabled": False}}
MOST_BETWEEN_POLLS_MS = 6_000


OWNERSHIP = {"partitions_assigned": 1, "partitions_revoked": -1, "partitions_lost": -1}


def shares(host: Host) -> dict[int, int]:
    """How many partitions each consumer of the host has, by its log."""
    owned: dict[int, int] = {}
    for line in host.log():
        if sign := OWNERSHIP.get(line["event"]):
            consumer = line["consumer"]
            owned[consumer] = owned.get(consumer, 0) + sign * line["partitions"]
    return owned


def changes_of_ownership(host: Host) -> int:
    return sum(line["event"] in OWNERSHIP for line in host.log())


def rebalances(host: Host, *kinds: str) -> float:
    scrape = host.scrape()
    return sum(
        scrape.sum("tidegate_rebalances_total", pipeline="main", type=kind) for kind in kinds
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_a_killed_member_held_is_handled_by_the_others(
    start_host, kafka: View, make_topic, group, protocol
):
    topic = make_topic(4)
    messages = kafka.produce_unique(topic, 4, 8_000)
    keys = {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "ledger": SLOW,
        **NO_RETRIES,
    }
    hosts = [
        start_host(name, **keys, consumer=consumer_of(protocol, name)) for name in ("dies", "stays")
    ]
    dies, stays = hosts
    for host in hosts:
        host.wait_handled(300)
    dies.kill()
    before = kafka.committed(group, topic)
    wait_until(
        "every message is handled",
        lambda: dies.ledger.handled() | stays.ledger.handled() >= set(messages),
        60,
        stays.log_tail,
    )
    again = [m for m in stays.ledger.messages() if m in dies.ledger.handled()]
    committed = [m for m in again if m.offset < before.get(m.partition, 0)]
    assert not committed, f"{len(committed)} were committed and came again: {committed[:3]}"
    assert stays.terminate() == EXIT_OK, stays.log_tail()
    assert kafka.committed(group, topic) == kafka.ends(topic)


@pytest.mark.parametrize("protocol", ["range", "cooperative-sticky", "consumer"])
def test_a_handler_slower_than_max_poll_interval_keeps_its_membership(
    start_host, kafka: View, make_topic, group, tmp_path, protocol
):
    """Polling goes on beside it; what its partition still holds is bounded, the others go on."""
    topic = make_topic(2)
    gate = tmp_path / "gate"
    gate.touch()
    stuck = kafka.produce(topic, [(0, b"stuck", b"first")])
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=2,
        drain_timeout="500ms",
        max_in_flight_messages=200,
        ledger={"gate": str(gate), "gate_key": "stuck"},
        consumer={
            **consumer_of(protocol, "host"),
            "max.poll.interval.ms": str(MOST_BETWEEN_POLLS_MS),
        },
        **NO_RETRIES,
    )
    host.wait_for(
        "the call is under way",
        lambda: host.scrape().sum("tidegate_handlers_in_flight", pipeline="main") == 1,
    )
    others = kafka.produce(topic, ((i % 2, b"k", b"%d" % i) for i in range(4_000)))
    free = {m for m in others if m.partition == 1}
    host.wait_for("the other partition goes on", lambda: host.ledger.handled() >= free)
    host.wait_for(
        "the call has lasted longer than max.poll.interval.ms",
        lambda: (host.status()["pipelines"][0]["oldest_in_flight"] or {}).get("running_seconds", 0)
        > MOST_BETWEEN_POLLS_MS / 1000 + 2,
    )
    paused = host.scrape().sum(
        "tidegate_paused_partitions", pipeline="main", reason="backpressure"
    )
    assert paused == 1, "the partition of the slow handler is paused"
    gate.unlink()
    host.wait_for(
        "what waited behind it is handled",
        lambda: host.ledger.handled() >= {*stuck, *others},
    )
    assert rebalances(host, "revoked", "lost") == 0
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), [*stuck, *others])


def test_a_static_member_that_is_back_in_time_gets_its_partitions_without_a_rebalance(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(4)
    messages = kafka.produce_unique(topic, 4, 4_000)
    keys = {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "consumers": 2,
        "ledger": SLOW,
        **NO_RETRIES,
    }

    def start(folder: str, instance: str) -> Host:
        # Eager, so that nobody owns anything while the four come together: once each has one
        # partition, none of them is still to hear of it.
        consumer = {
            **consumer_of("static", instance),
            **consumer_of("range", instance),
            "session.timeout.ms": "20000",
        }
        return start_host(folder, **keys, consumer=consumer)

    stays, goes = start("stays", "a"), start("goes", "b")
    wait_until(
        "each consumer has one partition",
        lambda: all(shares(host) == {0: 1, 1: 1} for host in (stays, goes)),
        explain=stays.log_tail,
    )
    before = changes_of_ownership(stays)
    assert goes.terminate() == EXIT_OK, goes.log_tail()
    back = start("back", "b")
    back.wait_for("its share again", lambda: back.assigned() == 2)
    wait_until(
        "every message is handled",
        lambda: sum(host.ledger.count() for host in (stays, goes, back)) >= len(messages),
        60,
        back.log_tail,
    )
    assert changes_of_ownership(stays) == before
    assert_each_once(
        [m for host in (stays, goes, back) for m in host.ledger.messages()], messages
    )
    names = {m["group_instance_id"] for m in kafka.members(group)}
    assert names == {"a-0", "a-1", "b-0", "b-1"}, "a consumer's number makes each name one of a kind"


def test_two_hosts_of_one_static_name_fence_each_other_and_the_loser_says_so(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 100)
    keys = {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "consumer": consumer_of("static", "same"),
        **NO_RETRIES,
    }
    first = start_host("first", **keys)
    first.wait_handled(100)
    second = start_host("second", **keys)
    assert first.wait_exit() == 1, first.log_tail()
    (line,) = first.events("pipeline_failed")
    assert "FENCED_INSTANCE_ID" in line["error"], line
    more = kafka.produce_unique(topic, 1, 50, prefix="more")
    second.wait_for("the winner goes on", lambda: second.ledger.handled() >= set(more))
    assert_same_messages([*first.ledger.messages(), *second.ledger.messages()], [*messages, *more])


@pytest.mark.parametrize(
    "classic", ["session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"]
)
def test_what_only_the_classic_protocol_knows_is_refused_beside_the_new_one(
    make_host, group, classic
):
    value = "range" if classic == "partition.assignment.strategy" else "4000"
    host = make_host(
        "host",
        group_id=group,
        topics=["t"],
        consumer={"group.protocol": "consumer", classic: value},
    ).start()
    assert host.wait_exit() == EXIT_CONFIGURATION, host.log_tail()
    assert classic in host.log_path.read_text()
