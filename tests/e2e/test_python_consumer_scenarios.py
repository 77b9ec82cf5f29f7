# SPDX-License-Identifier: Apache-2.0
"""The six scenarios by which the usual Python at-least-once consumer is tried out by eye, asserted.

1 in 100 of the JSON messages fails: half of those in every attempt, the others in the first 1 to 3.
"""

from __future__ import annotations

import uuid
from typing import NamedTuple

import pytest

from copies import (
    Topics,
    assert_labelled,
    assert_origins,
    dead_letters,
    origins,
    read_copies,
    retry_topic,
    waiting_in,
)
from failures import (
    KINDS,
    QUICK_LOSS,
    Attempts,
    attempts_of,
    failing_keys,
    json_drafts,
    numbers,
    run_until_caught_up,
    with_fate,
    write,
)
from host import EXIT_OK
from kafka_view import Message, View
from ledger import assert_each_once, assert_same_messages
from metrics import assert_adds_up

PARTITIONS = 6
SEED = 4
# Attempts after which "unlimited" is believed.
MANY_ATTEMPTS = 6


class Trial(NamedTuple):
    """Messages that all scenarios read and none changes."""

    topic: str
    messages: set[Message]
    timestamps_ms: dict[Message, int]
    failing: set[Message]
    failing_always: set[Message]
    attempts: dict[Message, int]  # that a message needs until it is ok, where it ever is


@pytest.fixture(scope="module")
def trial(kafka: View, request) -> Trial:
    count = 20_000 if request.config.getoption("--full") else 3_000
    topic = kafka.create_topic(f"scenarios-{uuid.uuid4().hex[:8]}", PARTITIONS)
    drafts = json_drafts(count, PARTITIONS, one_in=100, seed=SEED)
    messages = write(kafka, topic, drafts)
    always = with_fate(drafts, messages, "fail")
    return Trial(
        topic,
        set(messages),
        {message: draft.timestamp_ms for draft, message in zip(drafts, messages)},
        with_fate(drafts, messages),
        always,
        {
            message: 1 + int(draft.fate.partition(":")[2] or 0)
            for draft, message in zip(drafts, messages)
            if message not in always
        },
    )


def scenario(trial: Trial, group: str, how: str, retry: dict, **ledger) -> dict:
    return failing_keys(
        group,
        trial.topic,
        retry,
        {"fail_with": how, **ledger},
        consumers=2,
        concurrency=4,
        consumer=QUICK_LOSS,
    )


def assert_dead_letters(kafka: View, group: str, trial: Trial, expected, attempt: int, kind: str):
    copies = dead_letters(kafka, group)
    assert_origins(copies, expected, "the dead letter")
    for copy in copies:
        assert_labelled(copy, group, attempt, kind)
        assert int(copy.header("origin-timestamp-ms")) == trial.timestamps_ms[copy.origin]
    return copies


@pytest.mark.parametrize("how", ["false", "throw"])
def test_unlimited_retries_go_on_and_nothing_becomes_a_dead_letter(
    start_host, kafka: View, trial: Trial, group, how
):
    host = start_host("host", **scenario(trial, group, how, {"max_retries": -1}))
    attempts = Attempts(host)
    host.wait_handled(len(trial.attempts))

    def tried_often() -> bool:
        last: dict[Message, int] = {}
        for attempt in attempts.all():
            last[attempt.message] = max(attempt.number, last.get(attempt.message, 0))
        return all(last[message] >= MANY_ATTEMPTS for message in trial.failing_always)

    host.wait_for(f"what always fails has had {MANY_ATTEMPTS} attempts", tried_often)
    assert_adds_up(host.scrape())
    assert host.terminate() == EXIT_OK, host.witness()
    assert_each_once(host.ledger.messages(), trial.attempts)
    found = numbers(attempts.all())
    for message, needed in trial.attempts.items():
        assert found[message] == list(range(1, needed + 1)), message
    for message in trial.failing_always:
        assert found[message] == list(range(1, len(found[message]) + 1)), message
    assert dead_letters(kafka, group) == []
    wait = origins(waiting_in(kafka, group, retry_topic(group)))
    assert trial.failing_always <= wait, "what was not handled must wait for its next attempt"


@pytest.mark.parametrize("how", ["false", "throw"])
def test_three_retries_dead_letter_exactly_what_fails_in_every_attempt(
    start_host, kafka: View, trial: Trial, group, how
):
    keys = scenario(trial, group, how, {"max_retries": 3})
    host = run_until_caught_up(start_host, "host", **keys)
    assert_each_once(host.ledger.messages(), trial.attempts)
    copies = assert_dead_letters(kafka, group, trial, trial.failing_always, 4, KINDS[how])
    assert len(copies) == len(trial.failing_always), "each once"
    found = numbers(attempts_of(host))
    for message in trial.messages:
        needed = trial.attempts.get(message, 4)
        assert found[message] == list(range(1, needed + 1)), message
    topic = retry_topic(group)
    assert_origins(read_copies(kafka, topic), trial.failing, topic)
    for read in (trial.topic, topic):
        ends = {p: end for p, end in kafka.ends(read).items() if end > 0}
        committed = kafka.committed(group, read)
        assert {p: committed.get(p) for p in ends} == ends, f"{read} is not handled to its end"


def test_base_mode_dead_letters_at_the_first_failure(start_host, kafka: View, trial: Trial, group):
    host = run_until_caught_up(
        start_host, "host", **scenario(trial, group, "status", {"mode": "none"})
    )
    assert_each_once(host.ledger.messages(), trial.messages - trial.failing)
    copies = assert_dead_letters(kafka, group, trial, trial.failing, 1, KINDS["status"])
    assert len(copies) == len(trial.failing), "each once"
    assert all(tried == [1] for tried in numbers(attempts_of(host)).values())
    with Topics(kafka) as topics:
        assert not [name for name in topics.names() if name.startswith(f"{group}.retry.")]


def test_crash_and_resume_loses_nothing(start_host, kafka: View, trial: Trial, group, full):
    # Slow enough that the kill finds first attempts and retries under way.
    delay_us = 500 if full else 2_000
    keys = scenario(
        trial, group, "false", {"max_retries": 3, "delays": ["100ms"]}, delay_us=delay_us
    )
    killed = start_host("killed", **keys)
    attempts = Attempts(killed)
    killed.wait_handled(len(trial.messages) // 4)
    killed.wait_for(
        "a message is retried", lambda: any(attempt.number > 1 for attempt in attempts.all())
    )
    killed.kill()
    assert killed.ledger.count() < len(trial.attempts), "it was to be killed in the middle"
    resumed = run_until_caught_up(start_host, "resumed", deadline=120, **keys)
    handled = killed.ledger.handled() | resumed.ledger.handled()
    assert_same_messages(handled, trial.attempts)
    assert_dead_letters(kafka, group, trial, trial.failing_always, 4, KINDS["false"])
