# SPDX-License-Identifier: Apache-2.0
"""The resume map: what is finished above a committed position is not handled again, after a crash
or by another owner (DESIGN §4). How many were finished is read from the ledger, never asked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from kafka.errors import OffsetMetadataTooLargeError

from failures import counted, failing_keys, run_until_caught_up, write
from host import EXIT_OK, Host
from kafka_view import Message, View
from ledger import Call, assert_each_once, assert_same_messages, handled_more_than_once
from metrics import assert_adds_up
from test_in_place_release import with_stuck_keys
from waiting import wait_until

STUCK_KEY = b"stuck"
IN_MAP = "tidegate_resume_map_messages"
SKIPPED = "tidegate_resume_map_skipped_total"
IGNORED = "tidegate_commit_metadata_ignored_total"
# What finished this long before a kill is in a commit: ten times the commit interval of `gated`.
UNCOMMITTED_NS = 1_000_000_000


def behind_stuck_ones(kafka: View, topic: str, partitions: int, count: int) -> list[Message]:
    """Each partition begins with a message whose call waits at the gate."""
    stuck = [(p, STUCK_KEY, b"stuck.%d" % p) for p in range(partitions)]
    others = [(i % partitions, b"k%d" % (i % 97), b"behind.%d" % i) for i in range(count)]
    return kafka.produce(topic, stuck + others)


def gated(group: str, topic: str, gate: Path, **more) -> dict:
    gate.touch()
    return {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "ordering": "key",
        "concurrency": 4,
        "commit": {"interval": "100ms"},
        "max_in_flight_messages": 1_000,
        "retry": {"mode": "none"},
        "ledger": {"gate": str(gate), "gate_key": STUCK_KEY.decode()},
        **more,
    }


def not_stuck(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.key != STUCK_KEY]


def assert_no_map(metadata: str) -> None:
    """Nothing is finished above the position: it says which topic it is of, and no more."""
    assert metadata.startswith("tidegate1:") and len(metadata) == 23, metadata


def wait_in_map(host: Host, count: int) -> None:
    in_map = counted(host, IN_MAP)
    host.wait_for(f"a commit tells {count} finished messages", lambda: in_map() == count)


def test_thousands_finished_behind_a_stuck_message_do_not_come_again_after_sigkill(
    start_host, kafka: View, make_topic, group, tmp_path, note_figure
):
    topic = make_topic(1)
    messages = behind_stuck_ones(kafka, topic, 1, 20_000)
    pipeline = gated(group, topic, gate := tmp_path / "gate")
    first = start_host("first", **pipeline)
    first.wait_handled(20_000)
    assert kafka.committed(group, topic) == {0: 0}, "the stuck message holds the position"
    wait_in_map(first, 20_000)
    assert_adds_up(first.scrape())
    first.kill()
    assert len(kafka.committed_metadata(group, topic)[0]) < 100

    second = start_host("second", **pipeline)
    second.wait_for("it knows the map", lambda: counted(second, SKIPPED)() == 20_000)
    second.kill()  # whoever only read the map hands it on
    third = start_host("third", **pipeline)
    third.wait_for("it knows the map", lambda: counted(third, SKIPPED)() == 20_000)
    assert_adds_up(third.scrape())
    gate.unlink()
    third.wait_handled(1)  # the stuck one
    third.wait_for("the end is committed", lambda: kafka.committed(group, topic) == {0: 20_001})
    assert third.terminate() == EXIT_OK, third.log_tail()
    assert_no_map(kafka.committed_metadata(group, topic)[0])
    assert_each_once(
        [m for host in (first, second, third) for m in host.ledger.messages()], messages
    )
    note_figure("resume map: 20,000 finished behind a stuck message, SIGKILL twice, 0 repeats")


def test_sigkill_under_load_repeats_what_finished_since_the_last_commit_only(
    start_host, kafka: View, make_topic, group, tmp_path, note_figure
):
    topic = make_topic(2)
    messages = behind_stuck_ones(kafka, topic, 2, 12_000)
    pipeline = gated(group, topic, gate := tmp_path / "gate")
    pipeline["ledger"]["delay_us"] = 300
    hosts, killed_ns = [], {}
    for turn in range(4):
        host = start_host(f"host{turn}", **pipeline)
        hosts.append(host)
        host.wait_handled(2_000)
        host.kill()
        killed_ns[host.process.pid] = time.monotonic_ns()
        assert kafka.committed(group, topic) == {0: 0, 1: 0}
    finished_above = len({message for host in hosts for message in host.ledger.messages()})
    gate.unlink()
    hosts.append(run_until_caught_up(start_host, "last", deadline=120, **pipeline))
    calls = [call for host in hosts for call in host.ledger.calls()]
    assert_same_messages([call.message for call in calls], messages)
    earlier: dict[Message, Call] = {}
    repeated = []
    for call in calls:
        if call.message in earlier:
            repeated.append(earlier[call.message])
        earlier[call.message] = call
    note_figure(
        f"resume map: 4 SIGKILLs under load, {finished_above} finished above the positions, "
        f"{len(repeated)} repeats"
    )
    assert finished_above >= 8_000 - len(repeated)
    early = [call for call in repeated if call.end_ns < killed_ns[call.pid] - UNCOMMITTED_NS]
    assert not early, f"{len(early)} were committed and came again, such as {early[0]}"
    assert kafka.committed(group, topic) == kafka.ends(topic)


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_a_new_owner_does_not_repeat_what_the_old_one_finished(
    start_host, kafka: View, make_topic, group, tmp_path, strategy
):
    topic = make_topic(2)
    messages = behind_stuck_ones(kafka, topic, 2, 10_000)
    pipeline = gated(
        group,
        topic,
        gate := tmp_path / "gate",
        drain_timeout="500ms",
        consumer={"partition.assignment.strategy": strategy},
    )
    first = start_host("first", **pipeline)
    first.wait_handled(10_000)
    second = start_host("second", **pipeline)
    second.wait_for("it knows the map of its half", lambda: counted(second, SKIPPED)() == 5_000)
    gate.unlink()
    ends = kafka.ends(topic)
    first.wait_for("the ends are committed", lambda: kafka.committed(group, topic) == ends)
    assert first.terminate() == EXIT_OK and second.terminate() == EXIT_OK
    handled = [*first.ledger.messages(), *second.ledger.messages()]
    assert_same_messages(handled, messages)
    twice = handled_more_than_once(handled)
    assert all(message.key == STUCK_KEY for message in twice), "only calls that outlast the drain"
    assert_each_once(not_stuck(handled), not_stuck(messages))


def test_in_place_what_is_finished_beside_parked_keys_does_not_come_again(
    start_host, kafka: View, make_topic, group
):
    """With more behind the parked keys than may be in flight: most of it is released."""
    topic = make_topic(2)
    drafts = with_stuck_keys(12_000, 300, seed=11)
    messages = write(kafka, topic, drafts)
    stuck = {m for d, m in zip(drafts, messages) if d.fate == "fail"}
    others = set(messages) - stuck
    lowest = {p: min(m.offset for m in stuck if m.partition == p) for p in (0, 1)}
    above = sum(1 for m in others if m.offset > lowest[m.partition])
    pipeline = failing_keys(
        group,
        topic,
        {"mode": "in_place", "max_retries": -1, "delays": ["200ms", "500ms"]},
        ordering="key",
        concurrency=4,
        max_in_flight_messages=1_000,
        commit={"interval": "100ms"},
    )
    first = start_host("first", **pipeline)
    first.wait_handled(len(others), deadline=240)
    wait_in_map(first, above)
    first.kill()
    assert kafka.committed(group, topic) == lowest
    pipeline["ledger"] = {**pipeline["ledger"], "headers": False}
    mended = run_until_caught_up(start_host, "mended", deadline=120, **pipeline)
    assert_each_once([*first.ledger.messages(), *mended.ledger.messages()], messages)
    assert kafka.committed(group, topic) == kafka.ends(topic)


@pytest.mark.parametrize(
    "metadata", ["written by another tool", "tidegate1:", "tidegate1:㐀㐁㐂㐃"]
)
def test_foreign_metadata_is_ignored_counted_and_replaced(
    start_host, kafka: View, make_topic, group, metadata
):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 200)
    kafka.commit_as(group, topic, {0: 50}, metadata)
    assert kafka.committed_metadata(group, topic) == {0: metadata}
    host = start_host(group_id=group, topics=[topic], start_offset="earliest")
    host.wait_for("the end is committed", lambda: kafka.committed(group, topic) == {0: 200})
    assert host.scrape().sum(IGNORED) == 1
    assert len(host.events("metadata_ignored")) == 1
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages[50:])
    assert_no_map(kafka.committed_metadata(group, topic)[0])


@pytest.mark.parametrize("how", ["as Kafka's tools do", "with its map"])
def test_a_position_that_an_operator_moved_is_not_confused_by_an_old_map(
    start_host, kafka: View, make_topic, group, tmp_path, how
):
    topic = make_topic(1)
    messages = kafka.produce_unique(topic, 1, 500)
    pipeline = gated(group, topic, gate := tmp_path / "gate")
    first = start_host("first", **pipeline)
    first.wait_for("these are committed", lambda: kafka.committed(group, topic) == {0: 500})
    messages += behind_stuck_ones(kafka, topic, 1, 500)
    first.wait_handled(1_000)
    wait_in_map(first, 500)
    first.kill()
    assert kafka.committed(group, topic) == {0: 500}
    metadata = kafka.committed_metadata(group, topic)[0]
    assert metadata.startswith("tidegate1:")
    moved_to = 100
    copied = "" if how == "as Kafka's tools do" else metadata
    wait_no_members(kafka, group)
    kafka.commit_as(group, topic, {0: moved_to}, copied)
    gate.unlink()
    second = run_until_caught_up(start_host, "second", **pipeline)
    assert_each_once(second.ledger.messages(), messages[moved_to:])
    assert len(second.events("metadata_ignored")) == (1 if copied else 0)


def wait_no_members(kafka: View, group: str) -> None:
    """Kafka moves positions of a group without members only; a killed one is missed later."""
    wait_until(f"{group} has no members", lambda: not kafka.members(group))


def test_brokers_count_characters_and_take_as_many_as_we_think(kafka: View, make_topic, group):
    """What the size of a map is reckoned with: 4,096 characters, of three bytes each."""
    topic = make_topic(1)
    kafka.commit_as(group, topic, {0: 1}, "㐀" * 4096)
    assert kafka.committed_metadata(group, topic) == {0: "㐀" * 4096}
    with pytest.raises(OffsetMetadataTooLargeError):
        kafka.commit_as(group, topic, {0: 2}, "㐀" * 4097)
    assert kafka.committed(group, topic) == {0: 1}
