# SPDX-License-Identifier: Apache-2.0
"""A `tidegate dlq replay` that is killed and started again goes on where it was: nothing is lost,
and with --exactly-once nothing is there twice. And `purge`."""

from __future__ import annotations

import os
import pty
import random
import signal
import subprocess

import pytest
from kafka.errors import KafkaError

from copies import dead_letters, read_copies
from dlq import (
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    command,
    dlq,
    environment,
    made_up,
    of_topic,
    start_dlq,
    write_dead_letters,
)
from host import EXIT_FAILED, EXIT_OK
from kafka_cluster import KafkaCluster
from kafka_view import View
from waiting import wait_until

PARTITIONS = 4


@pytest.mark.parametrize("exactly_once", [False, True], ids=["at_least_once", "exactly_once"])
def test_a_killed_replay_goes_on_where_it_was(
    kafka: View, group, make_topic, tmp_path, full, note_figure, exactly_once
):
    count, kills = (20_000, 20) if full else (3_000, 4)
    topic = make_topic(PARTITIONS, retention_ms="-1")
    letters = kafka.create_topic(f"{group}.dlq", PARTITIONS)
    origins = made_up(topic, PARTITIONS, count)
    write_dead_letters(kafka, group, origins)
    how = (*of_topic(kafka, letters), *(("--exactly-once",) if exactly_once else ()))
    dice = random.Random(11)

    def written() -> int:
        return sum(kafka.ends(topic).values())

    for number in range(kills):
        before = written()
        target = before + dice.randrange(1, count // kills)
        running = start_dlq(tmp_path, "replay", *how, "--rate", "1500/s")
        wait_until(
            f"replay {number} has written {target - before} copies",
            lambda: written() >= target or running.poll() is not None,
        )
        assert running.poll() is None, (tmp_path / "dlq-replay.log").read_text()
        running.kill()
        running.wait()
    last = dlq("replay", *how, "--format", "json")
    assert last.code == EXIT_OK, last.err
    assert 0 < last.line()["messages"] < count, "it was to go on, not to begin anew"
    copies = read_copies(kafka, topic, "read_committed")
    found = [copy.value for copy in copies]
    assert set(found) == {m.value for m in origins}, "each dead letter is replayed"
    at = {m.value: (m.partition, m.key) for m in origins}
    assert all(at[copy.value] == (copy.partition, copy.key) for copy in copies)
    note_figure(
        f"{count} dead letters, {kills} kills, {'exactly' if exactly_once else 'at least'} once: "
        f"{len(found)} replayed, the last run {last.line()['messages']}"
    )
    if exactly_once:
        assert len(found) == count, "a reader of committed messages was to see each once"
    assert sum(kafka.committed(f"{group}.dlq-replay", letters).values()) >= count
    assert dlq("replay", *how, "--format", "json").line()["messages"] == 0


@pytest.mark.parametrize("how", [(), ("--exactly-once",)], ids=["at_least_once", "exactly_once"])
def test_ctrl_c_ends_a_replay_with_nothing_to_repeat(
    kafka: View, group, make_topic, tmp_path, how
):
    topic = make_topic(1, retention_ms="-1")
    letters = kafka.create_topic(f"{group}.dlq", 1)
    origins = made_up(topic, 1, 500)
    write_dead_letters(kafka, group, origins)
    how = (*of_topic(kafka, letters), *how)
    running = start_dlq(tmp_path, "replay", *how, "--rate", "100/s")
    wait_until("it has begun", lambda: sum(kafka.ends(topic).values()) >= 20)
    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=60) == EXIT_FAILED
    assert "stopped before the end" in (tmp_path / "dlq-replay.log").read_text()
    assert dlq("replay", *how).code == EXIT_OK
    found = [copy.value for copy in read_copies(kafka, topic, "read_committed")]
    assert sorted(found) == sorted(m.value for m in origins)


def answers(kafka: View, topic: str) -> bool:
    try:
        return bool(kafka.ends(topic))
    except KafkaError:
        return False


def test_brokers_that_fall_silent_end_a_replay_and_the_next_one_goes_on(tmp_path, group):
    cluster = KafkaCluster(tmp_path / "kafka")  # its own: nobody else's may be frozen
    cluster.start()
    kafka = View(cluster.bootstrap)
    try:
        topic = kafka.create_topic(f"{group}.t", 1, retention_ms="-1")
        letters = kafka.create_topic(f"{group}.dlq", 1)
        origins = made_up(topic, 1, 1_000)
        write_dead_letters(kafka, group, origins)
        how = (*of_topic(kafka, letters), "--timeout", "3s")
        for more in ((), ("--exactly-once",)):
            before = sum(kafka.ends(topic).values())
            running = start_dlq(tmp_path, "replay", *how, *more, "--rate", "100/s")
            wait_until("it has begun", lambda: sum(kafka.ends(topic).values()) >= before + 30)
            cluster.process.send_signal(signal.SIGSTOP)
            try:
                assert running.wait(timeout=30) == EXIT_UNREACHABLE
            finally:
                cluster.process.send_signal(signal.SIGCONT)
            wait_until("its partitions have a leader again", lambda: answers(kafka, letters))
        last = dlq("replay", *of_topic(kafka, letters), "--exactly-once", "--format", "json")
        assert last.code == EXIT_OK and 0 < last.line()["messages"] < len(origins)
        found = {copy.value for copy in read_copies(kafka, topic, "read_committed")}
        assert found == {m.value for m in origins}
    finally:
        kafka.close()
        cluster.stop()


def test_of_two_replays_with_exactly_once_the_later_one_takes_over(
    kafka: View, group, make_topic, tmp_path
):
    topic = make_topic(1, retention_ms="-1")
    letters = kafka.create_topic(f"{group}.dlq", 1)
    origins = made_up(topic, 1, 300)
    write_dead_letters(kafka, group, origins)
    how = (*of_topic(kafka, letters), "--exactly-once")
    first = start_dlq(tmp_path, "replay", *how, "--rate", "50/s")
    wait_until("the first one has begun", lambda: read_copies(kafka, topic, "read_committed"))
    assert dlq("replay", *how).code == EXIT_OK
    assert first.wait(timeout=60) == EXIT_FAILED
    assert "taken over" in (tmp_path / "dlq-replay.log").read_text()
    found = [copy.value for copy in read_copies(kafka, topic, "read_committed")]
    assert sorted(found) == sorted(m.value for m in origins)


def test_purge_deletes_what_it_counted_and_nothing_that_came_later(kafka: View, group):
    letters = kafka.create_topic(f"{group}.dlq", 2)
    write_dead_letters(kafka, group, made_up("t", 2, 10))
    where = of_topic(kafka, letters)
    unasked = dlq("purge", *where)
    assert unasked.code == EXIT_USAGE and "--yes" in unasked.err
    assert len(dead_letters(kafka, group)) == 10
    assert purge_on_a_terminal(where, b"n\n", lambda: None) == EXIT_FAILED
    assert len(dead_letters(kafka, group)) == 10
    late = made_up("t", 2, 12)[10:]
    code = purge_on_a_terminal(where, b"y\n", lambda: write_dead_letters(kafka, group, late))
    assert code == EXIT_OK
    assert {copy.value for copy in dead_letters(kafka, group)} == {m.value for m in late}
    sure = dlq("purge", *where, "--yes", "--format", "json")
    assert sure.line() == {"topic": letters, "deleted": 2}
    assert dead_letters(kafka, group) == []
    assert dlq("list", *where, "--format", "json").line()["messages"] == 0


def purge_on_a_terminal(where: tuple, answer: bytes, when_asked) -> int:
    ours, its = pty.openpty()
    asking = subprocess.Popen(
        command("purge", *where),
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    try:
        said = b""
        while b"[y/N]" not in said:
            byte = asking.stderr.read(1)
            assert byte, f"it ended without a question: {said!r}"
            said += byte
        assert b"10" in said, "it says how many"
        when_asked()
        os.write(ours, answer)
        asking.communicate(timeout=60)
        return asking.returncode
    finally:
        asking.kill()
        os.close(ours)
        os.close(its)
