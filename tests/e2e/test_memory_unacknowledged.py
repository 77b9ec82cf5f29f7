# SPDX-License-Identifier: Apache-2.0
"""DESIGN §2, invariant 8, while copies of failed messages reach no broker: what waits for its
acknowledgement is within the bounds, and so is what is read meanwhile. A Kafka of its own, behind a
proxy that holds what is produced; all else goes on."""

from __future__ import annotations

import pytest

from copies import dead_letters
from failures import Attempts, failing_keys
from host import EXIT_OK
from kafka_proxy import PRODUCE
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
from proxied import bootstrap, kafka, proxy  # fixtures

CONNECTIONS = 8  # more than producers of one host


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_invariant_8_memory_is_bounded_while_no_copy_is_acknowledged(
    start_host, kafka: View, proxy, make_topic, group, tmp_path, full, note_figure, delivery
):
    """Everything fails. Then what is produced gets through, and everything is handled."""
    count = 40_000 if full else 12_000
    topic = make_topic(PARTITIONS)
    fill(kafka, topic, count, 10 * 1024, keys=997)
    outage = tmp_path / "outage"
    outage.touch()
    holds = [proxy.hold_request(PRODUCE) for _ in range(CONNECTIONS)]
    keys = failing_keys(
        group,
        topic,
        {"max_retries": -1},
        {"outage": str(outage), "values": False, "headers": False},
        concurrency=4,
        delivery=delivery,
        max_in_flight_bytes="16MiB",
        consumer=client_queue(16),
    )
    host = start_host("host", **keys)
    holds[0].wait_caught()
    wait_until_memory_stands_still(host)
    assert Attempts(host).count() > 0 and host.ledger.count() == 0
    outage.unlink()
    for hold in holds:
        hold.release()
    host.wait_for(
        "everything is handled", lambda: len(set(host.ledger.messages())) == count, 180
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert dead_letters(kafka, group) == []
    judge_peak(
        host,
        note_figure,
        f"{count * 10 // 1024} MiB fail, no copy is acknowledged, {delivery}",
        limit_bytes(16 * MIB, 16 * MIB),
    )
