# SPDX-License-Identifier: Apache-2.0
"""DESIGN §2, invariant 8, where it is hard to keep: messages as large as fetches, and more keys
that wait for their next attempt than anybody would expect."""

from __future__ import annotations

import pytest

from failures import counted, failing_keys
from host import EXIT_OK
from kafka_view import View
from memory import (
    MIB,
    PARTITIONS,
    client_queue,
    fill,
    judge_peak,
    limit_bytes,
    wait_until_memory_stands_still,
)


@pytest.mark.parametrize("ordering", ["partition", "key", "none"])
def test_invariant_8_memory_is_bounded_with_messages_of_1_mib_behind_a_stalled_handler(
    start_host, kafka: View, make_topic, group, tmp_path, full, note_figure, ordering
):
    count = 1_000 if full else 240
    topic = make_topic(PARTITIONS, max_message_bytes=str(2 * MIB))
    fill(kafka, topic, count, MIB, keys=97, at_once=60)
    gate = tmp_path / "gate"
    gate.touch()
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=8,
        ordering=ordering,
        ledger={"gate": str(gate), "values": False},
    )
    paused = counted(host, "tidegate_paused_partitions", reason="backpressure")
    host.wait_for("reading has paused", lambda: paused() > 0)
    wait_until_memory_stands_still(host)
    assert host.ledger.count() == 0
    gate.unlink()
    host.wait_handled(count, 120)
    assert host.terminate() == EXIT_OK, host.log_tail()
    judge_peak(host, note_figure, f"{count} messages of 1 MiB, stalled, ordering {ordering}")


@pytest.mark.parametrize("ahead", ["in flight", "released"])
def test_invariant_8_memory_is_bounded_with_a_million_keys_that_fail_in_place(
    start_host, kafka: View, make_topic, group, tmp_path, full, note_figure, ahead
):
    """Every message has a key of its own and fails; or every key has a second one, far behind, so
    that those are released and the host reads on."""
    keys = 1_000_000 if full else 50_000
    topic = make_topic(PARTITIONS)
    rounds = 1 if ahead == "in flight" else 2
    for _ in range(rounds):
        fill(kafka, topic, keys, 100, keys=keys, at_once=20_000)
    outage = tmp_path / "outage"
    outage.touch()
    bound = keys * 350  # not all of them find room
    pipeline = failing_keys(
        group,
        topic,
        {"mode": "in_place", "max_retries": -1, "delays": ["5s"]},
        {"outage": str(outage), "values": False, "headers": False, "attempts": ""},
        ordering="key",
        concurrency=4,
        max_in_flight_messages=keys + keys // 4,
        max_in_flight_bytes=f"{bound}B",
        consumer=client_queue(16),
    )
    host = start_host("host", **pipeline)
    wait_until_memory_stands_still(host)
    held = counted(host, "tidegate_messages_in_flight")()
    assert held > keys / 4, f"only {held:.0f} are parked"
    outage.unlink()
    host.wait_for(
        "everything is handled", lambda: kafka.committed(group, topic) == kafka.ends(topic), 240
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    judge_peak(
        host,
        note_figure,
        f"{held:.0f} of {rounds * keys} messages wait in place ({ahead})",
        limit_bytes(bound, 16 * MIB),
    )
