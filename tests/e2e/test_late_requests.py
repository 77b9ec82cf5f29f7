# SPDX-License-Identifier: Apache-2.0
"""A request of a transaction that reaches the broker during a later one tears nothing (DESIGN §4,
"an old EndTxn can otherwise end a newer transaction").

Brokers take an EndTxn of librdkafka's for whatever transaction of its producer is open. A proxy
holds one back until its client has given it up and sent it again on another connection, so that
the client knows of a commit. It arrives when the next transaction is half written."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable

import pytest

from copies import read_copies
from dlq import DEADLINE_SECONDS, dlq, made_up, start_dlq, write_dead_letters
from exactly_once import PARTITIONS, Job
from host import EXIT_FAILED, EXIT_OK
from kafka_proxy import END_TXN, INIT_PRODUCER_ID, PRODUCE, Frame, Hold, KafkaProxy
from proxied import bootstrap, kafka, proxy  # fixtures

MESSAGES = 8_000
ROUNDS = 4
INSTANCE = "one"
INVALID_PRODUCER_EPOCH, PRODUCER_FENCED = 47, 90


@pytest.fixture
def job(kafka, make_topic, group) -> Job:
    output = make_topic(4)
    return Job(kafka, make_topic(PARTITIONS), output, group, MESSAGES)


@pytest.fixture
def start_slow(start_host, job):
    """A host with many small transactions, which soon gives an unanswered request up."""
    return lambda: start_host(
        "host",
        arguments=("--exit-when-caught-up", "--set", f"host.instance={INSTANCE}"),
        **job.keys(
            slow_us=1000,
            transaction={"max_messages": 200},
            producer={"socket.timeout.ms": "1000"},
        ),
    )


@pytest.fixture
def of_sources(group) -> Callable[[Frame], bool]:
    """Requests of the producer whose consumer reads the source topic. The one of the retry topics
    has transactions of its own."""
    transactional_id = f"{group}.{INSTANCE}.0".encode()
    return lambda frame: transactional_id in frame.head


def commits(frame: Frame) -> bool:
    """Of an EndTxn: behind transactional id, producer id and epoch."""
    body = frame.request_body
    (length,) = struct.unpack_from(">h", body)
    return body[2 + length + 10] == 1


def error_of(answer: bytes) -> int:
    """Of an EndTxn's answer, behind correlation id and throttle time."""
    return struct.unpack_from(">h", answer, 8)[0]


def hold_half_written(proxy: KafkaProxy, of_sources) -> Hold:
    """The second Produce from now on: the first is in the log."""
    produces = itertools.count()
    return proxy.hold_request(PRODUCE, lambda frame: of_sources(frame) and next(produces) == 1)


@pytest.mark.parametrize("ends", ["by time-out", "by a cut"])
def test_an_end_that_arrives_in_the_next_transaction_does_not_end_it(
    start_slow, of_sources, job: Job, proxy, ends
):
    host = start_slow()
    errors = []
    for _ in range(ROUNDS):
        late = proxy.hold_request(END_TXN, lambda frame: of_sources(frame) and commits(frame))
        late.wait_caught()
        half_written = hold_half_written(proxy, of_sources)
        if ends == "by a cut":
            late.cut_client()
        half_written.wait_caught()
        late.release()
        errors.append(error_of(late.wait_answer()))
        half_written.release()
    assert host.wait_exit() == EXIT_OK, host.witness()
    job.assert_exactly_once()
    assert job.kafka.committed(job.group, job.source) == job.kafka.ends(job.source)
    assert set(errors) <= {INVALID_PRODUCER_EPOCH, PRODUCER_FENCED}, f"it ended one: {errors}"


def test_the_answer_to_an_end_that_comes_too_late_changes_nothing(
    start_slow, of_sources, job: Job, proxy
):
    host = start_slow()
    for _ in range(ROUNDS):
        late = proxy.hold_answer(END_TXN, of_sources)
        late.wait_caught()
        half_written = hold_half_written(proxy, of_sources)
        half_written.wait_caught()
        late.release()
        half_written.release()
    assert host.wait_exit() == EXIT_OK, host.witness()
    job.assert_exactly_once()
    assert job.kafka.committed(job.group, job.source) == job.kafka.ends(job.source)


def test_a_beginning_that_arrives_late_is_no_rival(start_slow, of_sources, job: Job, proxy):
    """The host's own InitProducerId, sent again and answered, fences it when the first one comes."""
    late = proxy.hold_request(INIT_PRODUCER_ID, of_sources)
    host = start_slow()
    late.wait_caught()
    half_written = hold_half_written(proxy, of_sources)
    half_written.wait_caught()
    late.release()
    late.wait_answer()
    half_written.release()
    assert host.wait_exit() == EXIT_OK, host.witness()
    job.assert_exactly_once()


def test_a_replay_does_not_go_on_after_an_end_that_may_arrive_late(
    kafka, proxy, make_topic, group, tmp_path
):
    topic = make_topic(PARTITIONS, retention_ms="-1")
    letters = kafka.create_topic(f"{group}.dlq", PARTITIONS)
    origins = made_up(topic, PARTITIONS, 3_000)
    write_dead_letters(kafka, group, origins)
    how = ("--bootstrap", proxy.bootstrap, "--topic", letters, "--exactly-once")
    late = proxy.hold_request(END_TXN, commits)
    first = start_dlq(tmp_path, "replay", *how, "--rate", "1500/s")
    late.wait_caught()
    late.cut_client()
    assert first.wait(DEADLINE_SECONDS) == EXIT_FAILED
    assert "run the same command again" in (tmp_path / "dlq-replay.log").read_text()
    late.release()
    late.wait_answer()
    again = dlq("replay", *how, "--format", "json")
    assert again.code == EXIT_OK, again.err
    assert 0 < again.line()["messages"] < len(origins), "it was to go on, not to begin anew"
    found = [copy.value for copy in read_copies(kafka, topic, "read_committed")]
    assert sorted(found) == sorted(m.value for m in origins)
