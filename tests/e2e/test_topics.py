# SPDX-License-Identifier: Apache-2.0
"""Which topics are read, and what lies in them besides messages (DESIGN §5, §9 caught up)."""

from __future__ import annotations

from host import EXIT_OK
from kafka_view import TransactionalWriter, View
from ledger import assert_each_once


def test_topics_regex_reads_what_matches_now_and_later_and_never_retry_topics(
    start_host, kafka: View, unique, group
):
    run = unique("orders")
    first = kafka.create_topic(f"{run}.eu", 2)
    others = [
        kafka.create_topic(name, 1)
        for name in (f"other-{run}.eu", f"{run}.eu.retry.10s", f"{run}.eu.dlq")
    ]
    messages = kafka.produce_unique(first, 2, 100)
    for topic in others:
        kafka.produce_unique(topic, 1, 10)
    host = start_host("host", group_id=group, topics_regex=[f"^{run}\\."], start_offset="earliest")
    host.wait_handled(len(messages))
    later = kafka.create_topic(f"{run}.us", 1)
    messages += kafka.produce_unique(later, 1, 50)
    host.wait_handled(len(messages))
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages)
    assert all(kafka.committed(group, topic) == {} for topic in others)


def test_several_topics_in_one_pipeline(start_host, kafka: View, make_topic, group):
    topics = [make_topic(2), make_topic(3)]
    messages = [
        m
        for topic, partitions in zip(topics, (2, 3))
        for m in kafka.produce_unique(topic, partitions, 500)
    ]
    host = start_host(
        "host",
        arguments=("--exit-when-caught-up",),
        group_id=group,
        topics=topics,
        start_offset="earliest",
    )
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages)


def test_exit_when_caught_up_passes_markers_and_aborted_messages_at_the_end(
    start_host, kafka: View, make_topic, group, unique
):
    topic = make_topic(2)
    writer = TransactionalWriter(kafka.bootstrap, unique("writer"))
    messages = writer.commit(topic, ((i % 2, b"k", b"committed.%d" % i) for i in range(200)))
    writer.abort(topic, ((i % 2, b"k", b"aborted.%d" % i) for i in range(50)))
    messages += writer.commit(topic, ((0, b"k", b"more.%d" % i) for i in range(20)))
    writer.abort(topic, ((1, b"k", b"aborted last.%d" % i) for i in range(20)))
    writer.close()
    host = start_host(
        "host",
        arguments=("--exit-when-caught-up",),
        group_id=group,
        topics=[topic],
        start_offset="earliest",
    )
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages)


def test_markers_at_the_end_are_no_lag(start_host, kafka: View, make_topic, group, unique):
    topic = make_topic(1)
    writer = TransactionalWriter(kafka.bootstrap, unique("writer"))
    messages = writer.commit(topic, ((0, b"k", b"committed.%d" % i) for i in range(100)))
    writer.close()
    host = start_host("host", group_id=group, topics=[topic], start_offset="earliest")
    host.wait_handled(len(messages))
    host.wait_for(
        "the lag is 0",
        lambda: host.scrape().has("tidegate_consumer_lag_messages", topic=topic)
        and host.scrape().sum("tidegate_consumer_lag_messages", topic=topic) == 0,
    )
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_exit_when_caught_up_ends_on_an_empty_topic(start_host, make_topic, group):
    host = start_host(
        "host",
        arguments=("--exit-when-caught-up",),
        group_id=group,
        topics=[make_topic(3)],
        start_offset="earliest",
    )
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    assert host.ledger.messages() == []
