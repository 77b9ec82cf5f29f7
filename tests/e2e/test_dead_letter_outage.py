# SPDX-License-Identifier: Apache-2.0
"""A dead letter that cannot be written holds the position: never a skip (DESIGN §5, on_failure)."""

from __future__ import annotations

from copies import Topics, origins, read_copies, retry_topic
from failures import (
    QUICK_LOSS,
    Draft,
    counted,
    failing_keys,
    let_pass,
    run_until_caught_up,
    write,
)
from host import EXIT_FAILED, EXIT_OK
from kafka_view import View
from metrics import assert_adds_up
from outage import Outage

# A topic that is away is noticed soon.
QUICK_PRODUCER = {
    "topic.metadata.refresh.interval.ms": "500",
    "topic.metadata.propagation.max.ms": "1000",
}
PROBLEM_LEVELS = ("error", "warn")
MIB_AND_MORE = str(1_048_588 + 65_536)


def test_invariant_1_no_position_passes_while_the_dead_letter_topic_is_away(
    start_host, kafka: View, make_topic, group, full
):
    topic = make_topic(2)
    keys = failing_keys(
        group,
        topic,
        {"mode": "none", "create_topics": False},
        commit={"interval": "50ms"},
        producer=QUICK_PRODUCER,
    )
    with Topics(kafka) as topics:
        dead_letter = f"{group}.dlq"
        topics.create(dead_letter, 2, max_message_bytes=MIB_AND_MORE)
        (before,) = write(kafka, topic, [Draft(b"before", "fail", 0)])
        host = start_host("host", **keys)
        host.wait_for(
            "the topic works", lambda: origins(read_copies(kafka, dead_letter)) == {before}
        )
        topics.delete(dead_letter)
        outage = Outage(kafka, topic, group)
        host.wait_for(
            "the pause is told", counted(host, "tidegate_paused_partitions", reason="dead_letter")
        )
        assert counted(host, "tidegate_dead_letter_publish_failures_total")() > 0
        let_pass("the outage", 20 if full else 0.5)
        host.wait_for(
            "the other partition goes on",
            lambda: kafka.committed(group, topic).get(1) == kafka.ends(topic)[1],
        )
        assert outage.not_passed(), kafka.committed(group, topic)
        assert_adds_up(host.scrape())
        topics.create(dead_letter, 2, max_message_bytes=MIB_AND_MORE)
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    paused = counted(host, "tidegate_paused_partitions", reason="dead_letter")
    host.wait_for("nothing is paused for it any more", lambda: paused() == 0)
    assert host.terminate() == EXIT_OK, host.log_tail()
    outage.assert_over([host], once=True)


def test_on_failure_stop_stops_the_pipeline_before_the_position_passes(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    keys = failing_keys(
        group,
        topic,
        {"mode": "none", "create_topics": False},
        dead_letter={"on_failure": "stop"},
        producer=QUICK_PRODUCER,
    )
    with Topics(kafka) as topics:
        dead_letter = f"{group}.dlq"
        topics.create(dead_letter, 2, max_message_bytes=MIB_AND_MORE)
        host = start_host("host", **keys)
        host.wait_for("it has its partitions", lambda: len(kafka.committed(group, topic)) == 2)
        topics.delete(dead_letter)
        outage = Outage(kafka, topic, group)
        assert host.wait_exit() == EXIT_FAILED, host.log_tail()
        assert outage.not_passed(), kafka.committed(group, topic)
        topics.create(dead_letter, 2, max_message_bytes=MIB_AND_MORE)
    again = run_until_caught_up(start_host, "again", **keys)
    outage.assert_over([host, again], once=False)


def test_topics_that_are_missing_and_not_to_be_made_are_named_and_nothing_passes(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    outage = Outage(kafka, topic, group)
    keys = failing_keys(
        group,
        topic,
        {"max_retries": 1, "create_topics": False},
        producer=QUICK_PRODUCER,
        consumer=QUICK_LOSS,
    )
    own = (outage.dead_letter, retry_topic(group))
    host = start_host("host", **keys)

    def named() -> bool:
        return any(
            line.get("level") in PROBLEM_LEVELS and any(name in str(line) for name in own)
            for line in host.log()
        )

    host.wait_for("the log names a topic that is missing", named)
    if host.running():
        host.terminate()  # its exit code is not the question
    assert outage.not_passed(), kafka.committed(group, topic)
    with Topics(kafka) as topics:
        assert not topics.names() & set(own), "they were not to be made"
        topics.create(
            retry_topic(group),
            2,
            message_timestamp_type="LogAppendTime",
            max_message_bytes=MIB_AND_MORE,
        )
        topics.create(outage.dead_letter, 2, max_message_bytes=MIB_AND_MORE)
    again = run_until_caught_up(start_host, "again", **keys)
    outage.assert_over([host, again], once=False)
