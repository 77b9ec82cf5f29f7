# SPDX-License-Identifier: Apache-2.0
"""Retry topics (DESIGN §5): the message comes again as it was, when it is due, to its own group."""

from __future__ import annotations

import time

import pytest

from copies import (
    LOG_APPEND_TIME,
    Topics,
    assert_labelled,
    assert_origins,
    dead_letters,
    origins,
    read_copies,
    retry_topic,
)
from failures import (
    KINDS,
    Draft,
    attempts_of,
    awkward_drafts,
    by_message,
    failing_keys,
    numbers,
    run_until_caught_up,
    waits_seconds,
    with_fate,
    write,
)
from host import EXIT_OK
from kafka_view import View
from ledger import assert_each_once, assert_same_messages
from metrics import assert_adds_up

DAY_MS = 24 * 3600 * 1000
LATE_SECONDS = 0.3  # behind its due time a message may be at most


def test_any_bytes_are_retried_and_dead_lettered_as_they_were(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2, retention_ms="-1")  # their timestamps are old
    drafts = awkward_drafts()
    messages = write(kafka, topic, drafts)
    host = run_until_caught_up(start_host, "host", **failing_keys(group, topic, {"max_retries": 2}))
    expected = dict(zip(messages, drafts))
    seen = by_message(attempts_of(host))
    assert_same_messages(seen, messages)  # place, key and value, in every attempt
    for message, attempts in seen.items():
        assert sorted(attempt.number for attempt in attempts) == [1, 2, 3]
        assert {a.timestamp_ms for a in attempts} == {expected[message].timestamp_ms}
    retries, dead = read_copies(kafka, retry_topic(group)), dead_letters(kafka, group)
    for copies, times in ((retries, 2), (dead, 1)):
        assert_origins(copies, messages, copies[0].topic)
        assert len(copies) == times * len(messages)
    for copy in [*retries, *dead]:
        draft = expected[copy.origin]
        assert copy.foreign_headers == draft.to_find(), copy[:3]
        assert copy.header("origin-timestamp-ms") == str(draft.timestamp_ms)
        assert copy.partition == draft.partition
    for copy in dead:
        assert_labelled(copy, group, 3, KINDS["status"])


def test_a_message_older_than_its_topics_retention_survives_its_retry(
    start_host, kafka: View, make_topic, group, full
):
    delay_seconds = 10 if full else 3
    topic = make_topic(1, retention_ms=str(3600 * 1000))
    old_ms = int(time.time() * 1000) - 30 * DAY_MS
    host = start_host("host", **failing_keys(group, topic, {"delays": [f"{delay_seconds}s"]}))
    host.wait_for("it has its partition", lambda: kafka.committed(group, topic) == {0: 0})
    (message,) = write(kafka, topic, [Draft(b"old", "fail:1", timestamp_ms=old_ms)])
    host.wait_handled(1)
    assert host.terminate() == EXIT_OK, host.log_tail()
    attempts = attempts_of(host)
    assert [(a.message, a.number, a.timestamp_ms) for a in attempts] == [
        (message, 1, old_ms),
        (message, 2, old_ms),
    ]
    waiting = retry_topic(group, f"{delay_seconds}s")
    (copy,) = read_copies(kafka, waiting)
    assert copy.timestamp_type == LOG_APPEND_TIME
    assert abs(copy.timestamp_ms - time.time() * 1000) < DAY_MS
    assert copy.header("origin-timestamp-ms") == str(old_ms)
    with Topics(kafka) as topics:
        assert topics.setting(waiting, "message.timestamp.type") == "LogAppendTime"
        assert int(topics.setting(waiting, "retention.ms")) >= 7 * DAY_MS


def test_retries_that_wait_in_topics_of_earlier_delays_are_handled(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    slow = write(kafka, topic, [Draft(b"slow.%d" % i, "fail:1", i % 2) for i in range(20)])
    first = start_host("first", **failing_keys(group, topic, {"delays": ["3000ms"]}))
    earlier = retry_topic(group, "3s")  # the canonical form of what was written
    first.wait_for("all wait", lambda: origins(read_copies(kafka, earlier)) == set(slow))
    assert first.terminate() == EXIT_OK, first.log_tail()
    assert first.ledger.messages() == [], "they were to wait still"
    quick = write(kafka, topic, [Draft(b"quick.%d" % i, "fail:1", i % 2) for i in range(20)])
    second = run_until_caught_up(start_host, "second", **failing_keys(group, topic, {}))
    assert_each_once(second.ledger.messages(), [*slow, *quick])
    assert set(map(tuple, numbers(attempts_of(first, second)).values())) == {(1, 2)}
    assert_origins(read_copies(kafka, retry_topic(group)), quick, "the topic of the new delay")
    assert len(read_copies(kafka, earlier)) == len(slow), "nothing more was written there"


def test_headers_of_ours_on_a_source_message_mean_nothing(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    lies = (
        ("tidegate-attempt", b"9"),
        ("kept", b"yes"),
        ("tidegate-origin-topic", b"elsewhere"),
        ("tidegate-origin-partition", b"7"),
        ("tidegate-origin-offset", b"77"),
        ("tidegate-attempt", b"10"),
    )
    draft = Draft(b"v", "fail", headers=lies)
    (message,) = write(kafka, topic, [draft])
    host = run_until_caught_up(start_host, "host", **failing_keys(group, topic, {"max_retries": 1}))
    assert numbers(attempts_of(host)) == {message: [1, 2]}
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == message
    assert_labelled(copy, group, 2, KINDS["status"])
    assert copy.foreign_headers == [("kept", b"yes"), draft.to_find()[-1]]


def test_topics_regex_never_matches_the_groups_own_topics(start_host, kafka: View, unique):
    run = unique("shop")
    group, broken = f"{run}.group", f"{run}.broken"
    first = kafka.create_topic(f"{run}.eu", 2)
    messages = write(kafka, first, [Draft(b"eu.%d" % i, "fail", i % 2) for i in range(10)])
    keys = failing_keys(group, first, {"max_retries": 1}, dead_letter={"topic": broken})
    del keys["topics"]
    host = start_host("host", topics_regex=[f"^{run}\\."], **keys)
    host.wait_for(
        "all are dead letters", lambda: origins(read_copies(kafka, broken)) == set(messages)
    )
    # Found only by resolving the expression again, now that the group's own topics are there.
    later = kafka.create_topic(f"{run}.us", 1)
    messages += write(kafka, later, [Draft(b"us.%d" % i, "fail:1") for i in range(10)])
    host.wait_handled(10)
    assert_adds_up(host.scrape())
    assert host.terminate() == EXIT_OK, host.log_tail()
    found = numbers(attempts_of(host))
    assert_same_messages(found, messages)
    assert set(map(tuple, found.values())) == {(1, 2)}
    assert len(read_copies(kafka, broken)) == 10, "a dead letter was consumed"
    assert kafka.committed(group, broken) == {}


def test_no_group_handles_the_retries_of_another(start_host, kafka: View, make_topic, unique):
    topic = make_topic(2)
    drafts = [
        Draft(b"m.%d" % i, "fail" if i % 4 == 0 else "fail:1", i % 2, b"k%d" % i) for i in range(40)
    ]
    messages = write(kafka, topic, drafts)
    always = with_fate(drafts, messages, "fail")
    left = unique("left")
    # The second name makes `<left>.retry.retry.100ms`, which is no retry topic of the first.
    groups = {"left": left, "right": f"{left}.retry"}
    host = start_host(
        "both",
        arguments=("--exit-when-caught-up",),
        pipelines={
            name: failing_keys(group, topic, {"max_retries": 2}, {"attempts": f"{name}.tsv"})
            for name, group in groups.items()
        },
    )
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    for name, group in groups.items():
        found = numbers(attempts_of(host, file=f"{name}.tsv"))
        assert_same_messages(found, messages)
        for message, tried in found.items():
            assert tried == ([1, 2, 3] if message in always else [1, 2]), (name, message)
        assert_each_once(host.ledger_of(name).messages(), set(messages) - always)
        dead, retries = dead_letters(kafka, group), read_copies(kafka, retry_topic(group))
        assert_origins(dead, always, f"{group}.dlq")
        assert_origins(retries, messages, retry_topic(group))
        assert len(dead) == len(always) and len(retries) == len(messages) + len(always)
        for copy in dead:
            assert_labelled(copy, group, 3, KINDS["status"], pipeline=name)
        assert {copy.header("group") for copy in retries} == {group}


def test_a_retry_comes_when_it_is_due_and_never_before(
    start_host, kafka: View, make_topic, group, full, note_figure
):
    topic = make_topic(6)
    count = 1_000 if full else 200
    messages = write(kafka, topic, [Draft(b"m.%d" % i, "fail:1", i % 6) for i in range(count)])
    keys = failing_keys(group, topic, {"delays": ["2s"]}, consumers=2, concurrency=4)
    host = run_until_caught_up(start_host, "host", **keys)
    assert_each_once(host.ledger.messages(), messages)
    found = waits_seconds(attempts_of(host))
    waited = sorted(found[message][0] for message in messages)
    note_figure(
        f"{count} retries after 2 s: attempted again after {waited[0]:.4f} to {waited[-1]:.4f} s"
    )
    assert waited[0] >= 2, f"{waited[0]} s is too early"
    assert waited[-1] <= 2 + LATE_SECONDS, f"{waited[-1]} s is too late"


@pytest.mark.parametrize(
    ("asked_ms", "topic_delay", "copies"),
    [(100, "200ms", 1), (500, "600ms", 1), (1190, "600ms", 2)],
)
def test_retry_after_waits_at_least_as_long_as_asked(
    start_host, kafka: View, make_topic, group, asked_ms, topic_delay, copies
):
    """In the shortest topic that is long enough, else by hops through the longest."""
    topic = make_topic(1)
    (message,) = write(kafka, topic, [Draft(b"v", f"retry_after:{asked_ms}")])
    keys = failing_keys(group, topic, {"delays": ["200ms", "600ms"]})
    host = run_until_caught_up(start_host, "host", **keys)
    attempts = attempts_of(host)
    assert numbers(attempts) == {message: [1, 2]}
    (waited,) = waits_seconds(attempts)[message]
    assert waited >= asked_ms / 1000
    found = read_copies(kafka, retry_topic(group, topic_delay))
    (other,) = {"200ms", "600ms"} - {topic_delay}
    elsewhere = read_copies(kafka, retry_topic(group, other))
    assert origins(found) == {message}
    # What is left after a late hop may fit into the shorter topic.
    assert len(found) + len(elsewhere) >= copies
    assert copies > 1 or elsewhere == []
    assert {copy.header("attempt") for copy in found + elsewhere} == {"1"}, "a hop is no attempt"
