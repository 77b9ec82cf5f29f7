# SPDX-License-Identifier: Apache-2.0
"""`tidegate dlq replay`: dead letters are handled again, by whom they should be, as they were."""

from __future__ import annotations

import re
import time

import pytest

from copies import Topics, dead_letters, read_copies, retry_topic
from dlq import dlq, made_up, of_config, of_topic, write_dead_letters
from failures import Draft, attempts_of, awkward_drafts, failing_keys, run_until_caught_up, write
from host import EXIT_FAILED, EXIT_OK
from kafka_view import Message, View
from ledger import assert_each_once, assert_same_messages

NONE = {"mode": "none"}
ALL_MAY_FAIL = {"dead_letter": {"max_ratio": 1.0}}  # the limiter is not the question


def mended(keys: dict) -> dict:
    """The same pipeline with a handler that no longer fails."""
    return {**keys, "ledger": {**keys["ledger"], "headers": False}}


def as_written(copy) -> tuple:
    return copy.key, copy.value, copy.foreign_headers, copy.timestamp_ms


def test_to_the_origin_as_it_was_and_only_once(start_host, kafka: View, make_topic, group):
    topic = make_topic(2, retention_ms="-1", max_message_bytes="2000000")
    drafts = awkward_drafts()
    messages = write(kafka, topic, drafts)
    keys = failing_keys(group, topic, NONE, **ALL_MAY_FAIL)
    host = run_until_caught_up(start_host, "host", **keys)
    before = read_copies(kafka, topic)
    report = dlq("replay", *of_config(host), "--format", "json")
    assert report.code == EXIT_OK, report.err
    assert report.line()["messages"] == report.line()["acknowledged"] == len(messages)
    after = read_copies(kafka, topic)
    assert after[: len(before)] != after and len(after) == 2 * len(before)
    replayed = [copy for copy in after if copy not in before]
    for partition in (0, 1):
        here = [c for c in replayed if c.partition == partition]
        there = [c for c in before if c.partition == partition]
        assert list(map(as_written, here)) == list(map(as_written, there))
    ours = [[header for header in c.headers if header[0].startswith("tidegate-")] for c in replayed]
    expected = [("tidegate-group", group.encode()), ("tidegate-replays", b"1")]
    assert ours == [expected] * len(replayed)
    assert len(dead_letters(kafka, group)) == len(messages), "they stay until they are purged"
    again = dlq("replay", *of_config(host), "--format", "json")
    assert again.line()["messages"] == 0, "its progress says that they were replayed"
    assert read_copies(kafka, topic) == after
    from_beginning = dlq("replay", *of_config(host), "--from-beginning", "--format", "json")
    assert from_beginning.line()["messages"] == len(messages)


@pytest.mark.parametrize(
    "keys",
    [{"retry": {}}, {"retry": NONE}, {"retry": {}, "delivery": "at_most_once"}],
    ids=["topic", "none", "at_most_once"],
)
def test_to_the_retry_topic_so_that_only_its_own_group_sees_it(
    start_host, kafka: View, make_topic, unique, keys
):
    topic = make_topic(3)
    group, other = unique("group"), unique("other")
    drafts = [Draft(b"m.%d" % i, "dead_letter" if i % 3 else "", i % 3) for i in range(30)]
    messages = write(kafka, topic, drafts)
    failed = {m for m, draft in zip(messages, drafts) if draft.fate}
    more = {name: value for name, value in keys.items() if name != "retry"}
    retry = {} if "delivery" in more else keys["retry"]
    common = failing_keys(group, topic, retry, **ALL_MAY_FAIL, **more)
    if "delivery" in more:
        del common["retry"]
    run_until_caught_up(start_host, "broken", **common)
    # Both run before there is a topic for replays, and have to find it.
    host = start_host("mended", **mended(common))
    neighbour = start_host("neighbour", **mended(failing_keys(other, topic, NONE)))
    neighbour.wait_handled(len(messages))
    host.wait_for("it is up", lambda: host.events("partitions_assigned"))
    now = retry_topic(group, "0s")
    report = dlq("replay", *of_config(host), "--to", "retry", "--format", "json")
    assert report.code == EXIT_OK, report.err
    assert report.line()["written"] == [{"to": now, "kind": "status", "messages": len(failed)}]
    host.wait_handled(len(failed))
    assert host.terminate() == neighbour.terminate() == EXIT_OK
    assert_each_once(host.ledger.messages(), failed)  # with the origin's place, key and value
    assert {attempt.number for attempt in attempts_of(host)} == {1}
    assert_each_once(neighbour.ledger.messages(), messages)
    for copy in read_copies(kafka, now):
        assert copy.header("attempt") == "0" and copy.header("replays") == "1"
        assert copy.partition == copy.origin.partition
    with Topics(kafka) as topics:
        assert topics.setting(now, "message.timestamp.type") == "LogAppendTime"
        assert int(topics.setting(now, "retention.ms")) >= 7 * 24 * 3600 * 1000
    assert len(kafka.ends(now)) == 3


def test_what_keeps_failing_is_left_alone_in_the_end(start_host, kafka: View, make_topic, group):
    topic = make_topic(1)
    write(kafka, topic, [Draft(b"hopeless", "fail")])
    keys = failing_keys(group, topic, NONE, **ALL_MAY_FAIL)
    for replays in range(4):
        host = run_until_caught_up(start_host, f"host-{replays}", **keys)
        dead = dead_letters(kafka, group)
        assert [copy.header("replays") for copy in dead] == list(map(str, range(replays + 1)))
        answer = dlq("replay", *of_config(host), "--format", "json")
        assert answer.code == EXIT_OK, answer.err
        report = answer.line()
        assert (report["messages"], report["looping"]) == ((1, 0) if replays < 3 else (0, 1))
    assert f"{group}.dlq/0@3" in answer.err
    more = dlq("replay", *of_topic(kafka, f"{group}.dlq"), "--from-beginning", "--max-replays", 4)
    assert more.code == EXIT_OK and "replayed 4" in more.out


def test_another_groups_count_of_replays_is_not_ours(start_host, kafka: View, make_topic, group):
    topic = make_topic(1)
    theirs = (("tidegate-group", b"somebody-else"), ("tidegate-replays", b"3"))
    write(kafka, topic, [Draft(b"m", "fail", headers=theirs)])
    run_until_caught_up(start_host, "host", **failing_keys(group, topic, NONE, **ALL_MAY_FAIL))
    (copy,) = dead_letters(kafka, group)
    assert copy.header("replays") == "0"


@pytest.fixture
def letters(kafka: View, group, make_topic) -> tuple[str, list[Message]]:
    """20 dead letters of a topic that is there, half of them of kind exception."""
    topic = make_topic(2, retention_ms="-1")
    kafka.create_topic(f"{group}.dlq", 2)
    origins = made_up(topic, 2, 20)
    write_dead_letters(kafka, group, origins[:10])
    write_dead_letters(kafka, group, origins[10:], error_kind="exception")
    return topic, origins


def values(kafka: View, topic: str) -> list[bytes]:
    return sorted(copy.value for copy in read_copies(kafka, topic))


def test_a_dry_run_writes_nothing_and_commits_nothing(kafka: View, group, letters):
    topic, _ = letters
    where = of_topic(kafka, f"{group}.dlq")
    for to, name in (("origin", topic), ("retry", retry_topic(group, "0s"))):
        report = dlq("replay", *where, "--to", to, "--dry-run", "--format", "json").line()
        assert report["written"] == [
            {"to": name, "kind": "exception", "messages": 10},
            {"to": name, "kind": "status", "messages": 10},
        ]
        assert report["group"] == group, "the headers tell"
    assert values(kafka, topic) == []
    assert kafka.committed(f"{group}.dlq-replay", f"{group}.dlq") == {}
    with Topics(kafka) as topics:
        assert retry_topic(group, "0s") not in topics.names()


def test_a_replay_with_filters_hides_nothing_from_the_next_one(kafka: View, group, letters):
    topic, origins = letters
    where = of_topic(kafka, f"{group}.dlq")
    some = ("replay", *where, "--kind", "exception", "--format", "json")
    assert dlq(*some).line()["messages"] == 10
    assert values(kafka, topic) == sorted(m.value for m in origins[10:])
    assert kafka.committed(f"{group}.dlq-replay", f"{group}.dlq") == {}
    assert dlq(*some).line()["messages"] == 10, "it begins at the beginning each time"
    named = (*some, "--progress", "mine")
    assert [dlq(*named).line()["messages"] for _ in range(2)] == [10, 0]
    assert dlq("replay", *where, "--format", "json").line()["messages"] == 20
    assert kafka.committed(f"{group}.dlq-replay", f"{group}.dlq") == {0: 10, 1: 10}


def test_dead_letters_that_cannot_be_replayed_are_named(kafka: View, group, letters):
    topic, origins = letters
    write_dead_letters(kafka, group, origins[:1], origin_partition=None)
    write_dead_letters(kafka, group, origins[:1], owner="another")
    answer = dlq(
        "replay", *of_topic(kafka, f"{group}.dlq"), "--group", group, "--format", "json"
    )
    assert answer.code == EXIT_FAILED
    report = answer.line()
    assert (report["messages"], report["unreadable"], report["other_groups"]) == (20, 1, 1)
    assert f"{group}.dlq/0@10" in answer.err
    ambiguous = dlq("replay", *of_topic(kafka, f"{group}.dlq"))
    assert ambiguous.code == 64 and "--group" in ambiguous.err


def test_a_message_that_its_topic_would_delete_at_once_is_not_written(
    kafka: View, group, make_topic
):
    topic = make_topic(1, retention_ms="3600000")
    kafka.create_topic(f"{group}.dlq", 1)
    (fresh, old) = made_up(topic, 1, 2)
    now = int(time.time() * 1000)
    write_dead_letters(kafka, group, [fresh], origin_timestamp_ms=now)
    write_dead_letters(kafka, group, [old])
    where = of_topic(kafka, f"{group}.dlq")
    answer = dlq("replay", *where)
    assert answer.code == EXIT_FAILED and "--timestamp now" in answer.err, answer
    assert dlq("replay", *where, "--timestamp", "now").code == EXIT_OK
    copies = read_copies(kafka, topic)
    assert {copy.value for copy in copies} == {fresh.value, old.value}
    assert all(abs(copy.timestamp_ms - now) < 60_000 for copy in copies)


@pytest.mark.parametrize(
    "options", [("--rate", "5/s"), (), ("--exactly-once",)], ids=["one by one", "at once", "once"]
)
def test_a_refused_copy_is_named_and_ends_the_replay(kafka: View, group, make_topic, options):
    topic = make_topic(1, max_message_bytes="2000", retention_ms="-1")
    kafka.create_topic(f"{group}.dlq", 1)
    origins = made_up(topic, 1, 3)
    origins[1] = origins[1]._replace(value=b"x" * 100_000)
    write_dead_letters(kafka, group, origins)
    where = of_topic(kafka, f"{group}.dlq")
    answer = dlq("replay", *where, *options)
    assert answer.code == EXIT_FAILED
    # The brokers refuse a batch as a whole; its neighbours are not to be blamed.
    assert re.search(rf"{group}\.dlq/0@1 .*was refused by {topic}: .*MSG_SIZE_TOO_LARGE", answer.err)
    assert kafka.committed(f"{group}.dlq-replay", f"{group}.dlq").get(0, 0) <= 1
    for offset in (0, 2):
        left = dlq("replay", *where, "--partition", 0, "--offset", offset, "--format", "json")
        assert left.line()["messages"] == 1
    assert_same_messages(
        {(m.value,) for m in read_copies(kafka, topic)}, {(origins[0].value,), (origins[2].value,)}
    )


def test_the_rate_is_kept(kafka: View, group, letters):
    begin = time.monotonic()
    assert dlq("replay", *of_topic(kafka, f"{group}.dlq"), "--rate", "20/s").code == EXIT_OK
    assert time.monotonic() - begin >= 19 / 20
