# SPDX-License-Identifier: Apache-2.0
"""Each right of docs/security.md is taken away in turn: the host says which one it lacks and the
command that grants it, and when that is obeyed, to the letter, it goes on: by itself where it
waits, at its next start where it failed."""

from __future__ import annotations

import datetime
from typing import NamedTuple

import pytest

from copies import dead_letters, origins, read_copies
from dlq import dlq, of_config
from failures import Draft, failing_keys, with_fate, write
from host import EXIT_FAILED, EXIT_OK, Host
from kafka_view import View
from rights import Account, Right, commands_in, documented_rights, rights_of
from secure_fixtures import account, bootstrap, client, kafka, make_account  # some replace conftest's
from secure_kafka import SecureKafka

EVERY, TRANSACTIONS = "Every pipeline", "Exactly once"
BY_HAND = "Dead letters by hand"
WAITS, FAILS, GOES_ON = "waits", "fails", "goes on"
SOURCE, RETRY, DEAD, GROUP, IDS = "topic", "retry.", "dlq", "group", "ids"


class Case(NamedTuple):
    operation: str
    on: str
    event: str  # the log line that says so
    then: str
    delivery: str = "at_least_once"

    def right(self, topic: str, group: str) -> Right:
        return {
            SOURCE: Right(self.operation, "TOPIC", topic),
            RETRY: Right(self.operation, "TOPIC", f"{group}.retry.", True),
            DEAD: Right(self.operation, "TOPIC", f"{group}.dlq"),
            GROUP: Right(self.operation, "GROUP", group),
            IDS: Right(self.operation, "TRANSACTIONAL_ID", f"{group}.", True),
        }[self.on]


CASES = [
    Case("Read", SOURCE, "waiting_for_brokers", WAITS),
    Case("DescribeConfigs", SOURCE, "own_topics_unchecked", GOES_ON),
    Case("Read", GROUP, "waiting_for_brokers", WAITS),
    Case("Create", RETRY, "pipeline_failed", FAILS),
    Case("Read", RETRY, "start_position_unknown", WAITS),
    Case("Write", RETRY, "copy_refused", WAITS),
    Case("DescribeConfigs", RETRY, "own_topics_unchecked", GOES_ON),
    Case("Create", DEAD, "pipeline_failed", FAILS),
    Case("Write", DEAD, "pipeline_failed", FAILS),
    Case("DescribeConfigs", DEAD, "own_topics_unchecked", GOES_ON),
    Case("Write", IDS, "pipeline_failed", FAILS, "exactly_once"),
]


class Job:
    """A pipeline of which two messages in ten fail, one for good."""

    def __init__(self, kafka: View, topic: str, group: str) -> None:
        self.kafka, self.topic, self.group = kafka, topic, group
        fates = {3: "fail", 7: "fail:1"}
        drafts = [Draft(b"m.%d" % i, fates.get(i % 10, ""), i % 2) for i in range(40)]
        self.messages = write(kafka, topic, drafts)
        self.hopeless = with_fate(drafts, self.messages, "fail")

    def rights(self, *more: str) -> set[Right]:
        return documented_rights(EVERY, *more, topic=self.topic, group=self.group)

    def keys(self, **more) -> dict:
        return failing_keys(self.group, self.topic, {"max_retries": 1}, **more)

    def is_over(self) -> bool:
        dead = read_copies(self.kafka, f"{self.group}.dlq", "read_committed")
        committed = self.kafka.committed(self.group, self.topic)
        return origins(dead) == self.hopeless and committed == self.kafka.ends(self.topic)


@pytest.fixture
def job(kafka: View, make_topic, group) -> Job:
    return Job(kafka, make_topic(2), group)


def told(host: Host, event: str, missing: Right) -> set[Right]:
    """What the host asks for in such a line; waits for one that names what is missing."""

    def asked_for() -> set[Right]:
        for line in host.events(event):
            asked = {right for c in commands_in(line["error"]) for right in rights_of(c)}
            if any(covers(missing, right) for right in asked):
                return asked
        return set()

    return host.wait_for(f"{event} asks for {missing}", asked_for)


def covers(whole: Right, part: Right) -> bool:
    """The host asks for a retry topic where the documentation has their common beginning."""
    same = (whole.operation, whole.kind) == (part.operation, part.kind)
    return same and (part.name.startswith(whole.name) if whole.prefixed else part == whole)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.operation}-{c.on}")
def test_a_right_that_is_missing_is_named_and_its_cure_helps(
    start_host, account: Account, job: Job, case: Case
):
    missing = case.right(job.topic, job.group)
    rights = job.rights(*([TRANSACTIONS] if case.delivery == "exactly_once" else []))
    assert missing in rights, "the documentation does not have it"
    account.grant(rights - {missing})
    host = start_host("host", **job.keys(delivery=case.delivery))
    if case.then == FAILS:
        assert host.wait_exit() == EXIT_FAILED, host.log_tail()
    asked = told(host, case.event, missing)
    if case.then == GOES_ON:
        host.wait_for("it goes on without", job.is_over)
    account.grant(asked)
    if case.then == FAILS:
        host = start_host("again", **job.keys(delivery=case.delivery))
    host.wait_for("all is finished", job.is_over)
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_where_no_topic_may_be_written_the_producer_is_tried_again_and_says_what_it_needs(
    start_host, make_account, secure: SecureKafka, job: Job
):
    """Brokers refuse it as a whole, without a word of a topic. Write on any topic lets it in, so this
    account has no other tests' rights."""
    account = make_account(f"writes-nothing-{job.group}", "password")
    client = secure.client(sasl_username=f"writes-nothing-{job.group}", sasl_password="password")
    dead_letter = f"{job.group}.dlq"
    writing = {right for right in job.rights() if right.operation == "Write"}
    account.grant(job.rights() - writing)
    account.grant({Right("Describe", "TOPIC", dead_letter)})
    host = start_host("host", client=client, **job.keys())
    asked = told(host, "producer_remade", Right("Write", "TOPIC", dead_letter))
    host.wait_for("it is tried again", lambda: len(host.events("producer_remade")) >= 4)
    account.grant(asked)
    asked = told(host, "copy_refused", Right("Write", "TOPIC", f"{job.group}.retry.", True))
    account.grant(asked)
    host.wait_for("all is finished", job.is_over)
    assert host.terminate() == EXIT_OK, host.log_tail()
    rounds = len(host.events("producer_remade")) / 2  # sources and retry topics have one each
    assert rounds <= 2 + seconds_of(host), "no more often than once a second"


def seconds_of(host: Host) -> float:
    """How long it has run, by its log."""
    first, last = (
        datetime.datetime.strptime(host.log()[i]["ts"], "%Y-%m-%dT%H:%M:%S.%fZ") for i in (0, -1)
    )
    return (last - first).total_seconds()


def test_a_right_that_is_taken_away_holds_the_copies_until_it_is_back(
    start_host, kafka: View, account: Account, job: Job
):
    account.grant(job.rights())
    host = start_host("host", **job.keys())
    host.wait_for("all is finished", job.is_over)
    right = Right("Write", "TOPIC", f"{job.group}.dlq")
    account.revoke({right})
    write(kafka, job.topic, [Draft(b"later", "dead_letter")])
    asked = told(host, "copy_refused", right)
    assert len(dead_letters(kafka, job.group)) == len(job.hopeless)
    account.grant(asked)
    host.wait_for(
        "it is written", lambda: len(dead_letters(kafka, job.group)) == len(job.hopeless) + 1
    )
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_an_output_that_may_not_be_written_is_named(
    start_host, account: Account, make_topic, job: Job
):
    output = make_topic(1)
    account.grant(job.rights())
    keys = failing_keys(job.group, job.topic, {"max_retries": 1}, {"emit_to": output})
    host = start_host("host", **keys, dead_letter={"max_ratio": 1.0})
    asked = told(host, "emit_refused", Right("Write", "TOPIC", output))
    assert asked == documented_rights(
        "Messages that handlers send", output=output, topic=job.topic, group=job.group
    )
    assert host.terminate() == EXIT_OK, host.log_tail()


@pytest.mark.parametrize(
    ("kind", "name", "operation", "how"),
    [
        ("TOPIC", "{group}.dlq", "Read", ("replay",)),
        ("GROUP", "{group}.dlq-replay", "Read", ("replay",)),
        ("TOPIC", "{topic}", "Write", ("replay",)),
        ("TRANSACTIONAL_ID", "{group}.dlq-replay", "Write", ("replay", "--exactly-once")),
        ("TOPIC", "{group}.dlq", "Delete", ("purge", "--yes")),
    ],
    ids=["dead-letter", "progress", "origin", "transactional-id", "purge"],
)
def test_a_command_that_lacks_a_right_says_so_and_can_be_run_again(
    start_host, kafka: View, account: Account, job: Job, kind, name, operation, how
):
    missing = Right(operation, kind, name.format(group=job.group, topic=job.topic))
    rights = documented_rights(BY_HAND, topic=job.topic, group=job.group)
    account.grant(job.rights())
    account.grant(rights - {missing})
    host = start_host("host", **job.keys())
    host.wait_for("there are dead letters", job.is_over)
    assert host.terminate() == EXIT_OK, host.log_tail()
    verb, *options = how
    answer = dlq(verb, *of_config(host), *options)
    assert answer.code == EXIT_FAILED, answer
    asked = {right for command in commands_in(answer.err) for right in rights_of(command)}
    assert asked == {missing}, answer.err
    account.grant(asked)
    again = dlq(verb, *of_config(host), *options, "--format", "json")
    assert again.code == EXIT_OK, again.err
    done = again.line()["acknowledged" if verb == "replay" else "deleted"]
    assert done == len(job.hopeless)
