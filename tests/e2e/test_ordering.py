# SPDX-License-Identifier: Apache-2.0
"""Order where it was promised, use of the slots where it was not (DESIGN §2, invariant 6; §3)."""

from __future__ import annotations

from host import EXIT_OK
from ledger import assert_each_once, assert_lane_order, lanes, most_at_once

SLOTS = 4


def run(start_host, topic, group, ordering, **more):
    host = start_host(
        ordering,
        arguments=("--exit-when-caught-up",),
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=SLOTS,
        ordering=ordering,
        ledger={"delay_us": 200},
        **more,
    )
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    return host.ledger


def test_invariant_6_order_is_kept_in_a_partition(start_host, kafka, make_topic, group):
    topic = make_topic(6)
    messages = kafka.produce_unique(topic, 6, 12_000)
    ledger = run(start_host, topic, group, "partition")
    assert_each_once(ledger.messages(), messages)
    assert_lane_order(ledger.calls(), lambda call: call.message.partition)
    assert 1 < most_at_once(ledger.calls()) <= SLOTS, "partitions were to be handled side by side"


def test_invariant_6_order_is_kept_for_each_key(start_host, kafka, make_topic, group):
    topic = make_topic(2)
    messages = kafka.produce_unique(topic, 2, 12_000, keys=7)
    ledger = run(start_host, topic, group, "key")
    assert_each_once(ledger.messages(), messages)
    assert_lane_order(ledger.calls(), lambda call: (call.message.partition, call.message.key))
    assert most_at_once(ledger.calls()) == SLOTS
    in_partition = lanes(ledger.calls(), lambda call: call.message.partition)
    assert (
        max(most_at_once(calls) for calls in in_partition.values()) > 1
    ), "keys of one partition were to be handled side by side"


def test_messages_without_a_key_wait_for_nobody(start_host, kafka, make_topic, group):
    topic = make_topic(1)
    messages = kafka.produce(topic, ((0, None, b"m.%d" % i) for i in range(4_000)))
    ledger = run(start_host, topic, group, "key")
    assert_each_once(ledger.messages(), messages)
    assert most_at_once(ledger.calls()) == SLOTS


def test_ordering_none_uses_every_slot_for_one_partition(start_host, kafka, make_topic, group):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 4_000, keys=1)
    ledger = run(start_host, topic, group, "none")
    assert_each_once(ledger.messages(), messages)
    assert most_at_once(ledger.calls()) == SLOTS


def test_one_stuck_key_does_not_hold_up_the_others(start_host, kafka, make_topic, group, tmp_path):
    """The slow key's messages wait in their lane; all others are handled meanwhile."""
    topic = make_topic(1)
    slow = kafka.produce(topic, [(0, b"slow", b"slow.0")])
    others = kafka.produce_unique(topic, 1, 5_000)
    slow += kafka.produce(topic, [(0, b"slow", b"slow.1")])
    gate = tmp_path / "gate"
    gate.touch()
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=SLOTS,
        ordering="key",
        ledger={"gate": str(gate), "gate_key": "slow"},
    )
    host.wait_handled(len(others))
    assert host.ledger.handled() == set(others)
    assert kafka.committed(group, topic) == {0: slow[0].offset}
    gate.unlink()
    host.wait_handled(len(others) + len(slow))
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), [*slow, *others])
    assert_lane_order(host.ledger.calls(), lambda call: call.message.key)
