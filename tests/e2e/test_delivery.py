# SPDX-License-Identifier: Apache-2.0
"""Every message is handled, through stops and crashes (DESIGN §2: invariants 1 and 2; §4)."""

from __future__ import annotations

import pytest

from host import EXIT_OK, Host
from kafka_view import View
from ledger import (
    assert_each_once,
    assert_same_messages,
    handled_more_than_once,
    most_at_once,
    sorted_few,
)

# Long enough that a signal finds work under way, short enough for 100,000 messages.
SLOW = {"delay_us": 20}
UNTIL_CAUGHT_UP = ("--exit-when-caught-up",)


def finish(start_host, keys: dict, name: str = "last") -> Host:
    """A host that handles what is left and ends."""
    host = start_host(name, arguments=UNTIL_CAUGHT_UP, **keys)
    assert host.wait_exit(120) == EXIT_OK, host.log_tail()
    return host


def keys_of(backlog, group: str, **more) -> dict:
    return {"group_id": group, "topics": [backlog[0].topic], "start_offset": "earliest", **more}


def assert_positions_cover_only_handled(committed: dict[int, int], handled: set, backlog) -> None:
    early = {m for m in backlog if m.offset < committed.get(m.partition, 0)} - handled
    assert (
        not early
    ), f"committed past {len(early)} messages that were not handled: {sorted_few(early)}"


def assert_nothing_committed_again(handled: list, positions: dict[int, int], what: str) -> None:
    again = [m for m in handled if m.offset < positions.get(m.partition, 0)]
    assert not again, f"{what} handled again what was committed: {sorted_few(again)}"


def test_100000_messages_over_6_partitions_are_each_handled_once(
    start_host, kafka: View, backlog, group
):
    host = finish(start_host, keys_of(backlog, group))
    assert_each_once(host.ledger.messages(), backlog)
    assert kafka.committed(group, backlog[0].topic) == kafka.ends(backlog[0].topic)


def test_handle_batch_handles_each_message_once(start_host, kafka: View, backlog, group):
    host = finish(
        start_host,
        keys_of(
            backlog,
            group,
            batch={"max_messages": 200, "max_wait": "5ms"},
            ledger_plugin="ledger_batch.so",
        ),
    )
    assert_each_once(host.ledger.messages(), backlog)
    assert kafka.committed(group, backlog[0].topic) == kafka.ends(backlog[0].topic)


def test_sigterm_in_the_middle_and_going_on_handles_each_message_once(
    start_host, kafka: View, backlog, group
):
    keys = keys_of(backlog, group, concurrency=4, ledger=SLOW)
    hosts = []
    for stop_at in (10_000, 25_000):
        host = start_host(f"stopped-at-{stop_at}", **keys)
        hosts.append(host)
        host.wait_handled(stop_at)
        assert host.terminate() == EXIT_OK, host.log_tail()
        handled = {message for h in hosts for message in h.ledger.messages()}
        assert len(handled) < len(backlog), "it was to be stopped in the middle"
        assert_positions_cover_only_handled(
            kafka.committed(group, backlog[0].topic), handled, backlog
        )
        assert sum(kafka.committed(group, backlog[0].topic).values()) == len(handled)
        assert kafka.members(group) == [], "a host that stops leaves its group"
    hosts.append(finish(start_host, keys))
    assert_each_once([message for h in hosts for message in h.ledger.messages()], backlog)


@pytest.mark.parametrize("ordering", ["partition", "key", "none"])
def test_invariant_2_never_commit_past_an_unfinished_offset(
    start_host, kafka: View, backlog, group, ordering
):
    """SIGKILL and go on: none lost; handled again is only what no committed position covered."""
    keys = keys_of(
        backlog, group, concurrency=4, ordering=ordering, ledger=SLOW, commit={"interval": "50ms"}
    )
    handled: list = []
    for kill_at in (3_000, 9_000, 20_000):
        positions = kafka.committed(group, backlog[0].topic)
        host = start_host(f"killed-at-{kill_at}", **keys)
        host.wait_handled(kill_at)
        before = sum(positions.values())
        host.wait_for(
            "a commit", lambda: sum(kafka.committed(group, backlog[0].topic).values()) > before
        )
        host.kill()
        now = host.ledger.messages()
        assert_nothing_committed_again(now, positions, host.name)
        assert not handled_more_than_once(now), "one host handled a message twice"
        handled += now
        committed = kafka.committed(group, backlog[0].topic)
        assert_positions_cover_only_handled(committed, set(handled), backlog)
    positions = kafka.committed(group, backlog[0].topic)
    last = finish(start_host, keys).ledger.messages()
    assert_nothing_committed_again(last, positions, "the last host")
    assert_same_messages([*handled, *last], backlog)


def test_commit_mode_sync_commits_before_the_next_batch(start_host, kafka: View, backlog, group):
    """Neither the interval nor the count would commit here before the end."""
    keys = keys_of(
        backlog,
        group,
        ledger=SLOW,
        commit={"mode": "sync", "interval": "1h", "max_messages": 1_000_000_000},
    )
    host = start_host("killed", **keys)
    host.wait_for(
        "a position is committed in the middle",
        lambda: sum(kafka.committed(group, backlog[0].topic).values()) > 1_000,
    )
    host.kill()
    committed = kafka.committed(group, backlog[0].topic)
    first = host.ledger.messages()
    assert sum(committed.values()) < len(backlog), "it was to be killed in the middle"
    assert_positions_cover_only_handled(committed, set(first), backlog)
    last = finish(start_host, keys).ledger.messages()
    assert_nothing_committed_again(last, committed, "the last host")
    assert_same_messages([*first, *last], backlog)


def test_without_retry_and_dead_letter_a_failed_call_drops_its_message_and_counts_it(
    start_host, kafka: View, make_topic, group
):
    """The position goes on, and everybody is told."""
    topic = make_topic(2)
    messages = kafka.produce_unique(topic, 2, 200)
    host = start_host(
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        retry={"mode": "none"},
        dead_letter={"enabled": False},
        ledger={"fail_on": "m.77"},
    )
    host.wait_handled(len(messages) - 1)
    host.wait_for(
        "the position is behind the failed message too",
        lambda: kafka.committed(group, topic) == kafka.ends(topic),
    )
    scrape = host.scrape()
    assert (
        scrape.sum("tidegate_messages_finished_total", pipeline="main", topic=topic, outcome="drop")
        == 1
    )
    assert (
        len(host.events("attempt_failed", outcome="drop", topic=topic, partition=1, offset=38)) == 1
    ), host.log_tail()
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), [m for m in messages if m.value != b"m.77"])


def test_two_groups_each_see_everything(start_host, backlog, unique):
    groups = {"left": unique("left"), "right": unique("right")}
    host = start_host(
        "both",
        arguments=UNTIL_CAUGHT_UP,
        pipelines={name: keys_of(backlog, group_id) for name, group_id in groups.items()},
    )
    assert host.wait_exit(120) == EXIT_OK, host.log_tail()
    for name in groups:
        assert_each_once(host.ledger_of(name).messages(), backlog)


def test_several_consumers_in_one_host_share_the_partitions(
    start_host, kafka: View, backlog, group
):
    host = start_host("three", **keys_of(backlog, group, consumers=3, concurrency=3, ledger=SLOW))
    host.wait_handled(1_000)
    # One more reads the retry topics.
    host.wait_for("all members", lambda: len(kafka.members(group)) == 3 + 1)
    host.wait_handled(len(backlog))
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert most_at_once(host.ledger.calls()) > 1
    assert_each_once(host.ledger.messages(), backlog)


@pytest.mark.parametrize("ordering", ["partition", "none"])
def test_at_most_once_never_handles_twice_and_only_what_is_committed(
    start_host, kafka: View, backlog, group, ordering
):
    keys = keys_of(
        backlog,
        group,
        delivery="at_most_once",
        concurrency=4,
        ordering=ordering,
        ledger=SLOW,
        max_in_flight_messages=20_000,  # so much is lost by a kill: some is to be left
    )
    handled: list = []
    committed: dict[int, int] = {}
    for number, end in enumerate((Host.kill, Host.terminate, Host.kill)):
        host = start_host(f"host-{number}", **keys)
        host.wait_handled(5_000)
        assert end(host) in (None, EXIT_OK), host.log_tail()
        now = host.ledger.messages()
        handled += now
        before, committed = committed, kafka.committed(group, backlog[0].topic)
        if end is Host.terminate:
            lost = host.events("summary")[0]["lost"]
            assert len(now) + lost == sum(committed.values()) - sum(before.values())
        bare = [m for m in now if committed.get(m.partition, 0) <= m.offset]
        assert not bare, f"handled before a commit that covers it: {sorted_few(bare)}"
    handled += finish(start_host, keys).ledger.messages()
    twice = handled_more_than_once(handled)
    assert not twice, f"at_most_once handled {len(twice)} messages twice: {sorted_few(twice)}"
    assert set(handled) <= set(backlog)
