# SPDX-License-Identifier: Apache-2.0
"""A pipeline that fails stops as a whole, and alone (DESIGN §9)."""

from __future__ import annotations

from copies import Topics
from failures import Draft, failing_keys, write
from host import EXIT_OK
from kafka_view import View
from test_dead_letter_outage import MIB_AND_MORE, QUICK_PRODUCER


def test_one_consumer_that_fails_for_good_stops_its_pipeline_and_no_other(
    start_host, kafka: View, make_topic, unique
):
    failing, sound = make_topic(4), make_topic(2)
    failing_group, sound_group = unique("failing"), unique("sound")
    stopping = {"dead_letter": {"on_failure": "stop"}, "producer": QUICK_PRODUCER}
    retry = {"max_retries": 1, "create_topics": False}
    with Topics(kafka) as topics:
        for name in (f"{failing_group}.dlq", f"{failing_group}.retry.100ms"):
            topics.create(
                name,
                4,
                max_message_bytes=MIB_AND_MORE,
                **({"message_timestamp_type": "LogAppendTime"} if "retry" in name else {}),
            )
        host = start_host(
            "host",
            pipelines={
                "failing": failing_keys(failing_group, failing, retry, consumers=2, **stopping),
                "sound": failing_keys(sound_group, sound, {"mode": "none"}),
            },
        )
        # Two of the sources and one of the retry topics.
        host.wait_for(
            "all members are there", lambda: len(kafka.members(failing_group)) == 3
        )
        host.wait_for(
            "it has its partitions", lambda: len(kafka.committed(failing_group, failing)) == 4
        )
        topics.delete(f"{failing_group}.dlq")
    (poison,) = write(kafka, failing, [Draft(b"poison", "dead_letter", 0)])
    host.wait_for("no member is left", lambda: not kafka.members(failing_group))
    states = {pipeline["name"]: pipeline for pipeline in host.status()["pipelines"]}
    assert states["failing"]["state"] == "failed"
    assert f"{failing_group}.dlq" in states["failing"]["failure"]
    assert states["sound"]["state"] == "running"
    assert host.events("pipeline_stopping", pipeline="failing"), "the others were told to stop"
    written = write(kafka, sound, [Draft(b"s.%d" % i, "", i % 2) for i in range(20)])
    host.wait_for(
        "the other goes on", lambda: host.ledger_of("sound").handled() == set(written)
    )
    assert kafka.committed(failing_group, failing)[0] <= poison.offset
    assert host.terminate() == EXIT_OK, host.log_tail()
