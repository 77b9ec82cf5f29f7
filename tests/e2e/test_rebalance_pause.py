# SPDX-License-Identifier: Apache-2.0
"""How long a host handles nothing while others of its group come and go."""

from __future__ import annotations

from host import EXIT_OK
from kafka_view import View
from protocols import consumer_of

ALL_PARTITIONS = 6
MOST_SECONDS = 0.25  # seen: 0.01 to 0.05; where nobody wakes it, up to a second at some of the rebalances


def test_a_rebalance_does_not_stop_what_a_host_keeps(start_host, kafka: View, make_topic, group):
    """librdkafka's threads sleep for up to a second unless they are told (host/consume/lag_probe.hpp)."""
    topic = make_topic(ALL_PARTITIONS)
    kafka.produce_unique(topic, ALL_PARTITIONS, 40_000)
    keys = {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "concurrency": ALL_PARTITIONS,
        "max_in_flight_messages": 120,  # what it has taken in lasts for 40 ms
        # So that its queues are full, and no fetch is under way whose answer would wake it.
        "consumer": consumer_of("cooperative-sticky", "host")
        | {
            "heartbeat.interval.ms": "200",
            "queued.max.messages.kbytes": "32",
            "fetch.message.max.bytes": "16384",
        },
        "ledger": {"delay_us": 2_000},
    }
    stays = start_host("stays", **keys)
    stays.wait_handled(1_000)
    for number in range(4):
        visitor = start_host(f"visitor-{number}", **keys)
        visitor.wait_handled(100)
        assert visitor.terminate() == EXIT_OK, visitor.log_tail()
        stays.wait_for("it has all again", lambda: stays.assigned() >= ALL_PARTITIONS, 30)
    stays.wait_handled(stays.ledger.count() + 1_000)
    begins = sorted(call.begin_ns for call in stays.ledger.calls())
    longest = max(after - before for before, after in zip(begins, begins[1:]))
    assert longest < MOST_SECONDS * 1e9, f"nothing was handled for {longest / 1e9:.2f} s"
    assert stays.terminate() == EXIT_OK, stays.log_tail()
