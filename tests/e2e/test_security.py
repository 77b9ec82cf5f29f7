# SPDX-License-Identifier: Apache-2.0
"""The whole journey on a Kafka with TLS, passwords (SCRAM) and ACLs, by an account that has the
rights of docs/security.md and no others. What is said when one is missing: test_missing_rights.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from control import ask, pipeline_of
from copies import assert_origins, dead_letters, origins, read_copies, retry_topic
from dlq import EXIT_UNREACHABLE, dlq, of_config
from failures import Draft, attempts_of, failing_keys, numbers, with_fate, write
from host import EXIT_OK, Host
from kafka_view import View
from ledger import assert_each_once
from rights import Account, Right, documented, documented_rights, run_tool
from secure_fixtures import account, bootstrap, client, kafka  # take the place of conftest's
from secure_kafka import SecureKafka

EVERY = "Every pipeline"
TRANSACTIONS = "Exactly once"
BY_HAND = "Dead letters by hand"


def drafts() -> list[Draft]:
    return [Draft(b"m.%d" % i, "fail" if i % 10 == 0 else "", i % 2) for i in range(100)]


def refusals(host: Host) -> list[dict]:
    return [line for line in host.log() if "AUTHORIZATION" in str(line)]


def test_every_command_of_the_documentation_grants_what_it_says(
    kafka: View, account: Account, make_topic, group
):
    """With Kafka's own tool; the other tests grant the same without its seconds."""
    names = {"topic": make_topic(1), "output": make_topic(1), "group": group}
    sections = (EVERY, TRANSACTIONS, "Messages that handlers send", BY_HAND, "Deleting dead letters")
    commands = [command for section in sections for command in documented(section, **names)]
    with ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(lambda command: run_tool(command, broker=kafka.bootstrap), commands))
    found = {right for name in names.values() for right in account.rights(name)}
    assert found == documented_rights(*sections, **names)


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_the_journey_takes_the_documented_rights_and_no_others(
    start_host, kafka: View, account: Account, make_topic, group, delivery
):
    topic = make_topic(2)
    messages = write(kafka, topic, drafts())
    hopeless = with_fate(drafts(), messages, "fail")
    sections = [EVERY, *([TRANSACTIONS] if delivery == "exactly_once" else [])]
    account.grant(documented_rights(*sections, topic=topic, group=group))
    keys = failing_keys(group, topic, {"max_retries": 2}, delivery=delivery)
    host = start_host("host", **keys)
    host.wait_for(
        "all is handled or a dead letter",
        lambda: origins(read_copies(kafka, f"{group}.dlq", "read_committed")) == hopeless
        and kafka.committed(group, topic) == kafka.ends(topic),
    )
    assert pipeline_of(host)["state"] == "running"
    assert topic in ask(host, "lag")
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), set(messages) - hopeless)
    assert {tuple(numbers(attempts_of(host))[m]) for m in hopeless} == {(1, 2, 3)}
    assert_origins(
        read_copies(kafka, retry_topic(group), "read_committed"), hopeless, "the retry topic"
    )
    assert not refusals(host), refusals(host)[:3]
    assert not host.events("own_topics_unchecked")

    account.grant(documented_rights(BY_HAND, topic=topic, group=group))
    listed = dlq("list", *of_config(host), "--format", "json")
    assert listed.code == EXIT_OK and listed.line()["messages"] == len(hopeless), listed.err
    shown = dlq("show", *of_config(host), "--format", "json", "--limit", 0)
    assert shown.code == EXIT_OK and len(shown.lines()) == len(hopeless), shown.err
    how = ("--exactly-once",) if delivery == "exactly_once" else ()
    replayed = dlq("replay", *of_config(host), *how, "--format", "json")
    assert replayed.code == EXIT_OK, replayed.err
    assert replayed.line()["acknowledged"] == len(hopeless)
    ends = {p: end for p, end in kafka.ends(f"{group}.dlq").items() if end > 0}
    assert kafka.committed(f"{group}.dlq-replay", f"{group}.dlq") == ends


def test_a_replay_to_the_retry_topic_takes_no_more(
    start_host, kafka: View, account: Account, make_topic, group
):
    topic = make_topic(1)
    write(kafka, topic, [Draft(b"m", "dead_letter")])
    by_hand = documented_rights(BY_HAND, topic=topic, group=group)
    account.grant(documented_rights(EVERY, topic=topic, group=group))
    account.grant(by_hand - {Right("Write", "TOPIC", topic)})
    host = start_host("host", **failing_keys(group, topic, {}))
    host.wait_for("there is a dead letter", lambda: dead_letters(kafka, group))
    replayed = dlq("replay", *of_config(host), "--to", "retry")
    assert replayed.code == EXIT_OK, replayed.err
    host.wait_for("it is a dead letter again", lambda: len(dead_letters(kafka, group)) == 2)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert not refusals(host), refusals(host)[:3]


# What keeps a host from its brokers at all


def told(host: Host) -> str:
    """What it has said of its connections so far."""
    return "\n".join(str(line) for line in host.events("kafka_error"))


def start_with(make_host, account: Account, topic: str, group: str, client: dict) -> Host:
    account.grant(documented_rights(EVERY, topic=topic, group=group))
    host = make_host("host", client=client, **failing_keys(group, topic, {}))
    return host.start()


def test_a_wrong_password_is_told_and_the_host_comes_in_when_it_is_right(
    make_host, kafka: View, secure: SecureKafka, make_topic, group
):
    """The user is made only now, with the password that the host has had all the time."""
    late, password = f"late-{group}", "comes-later"
    topic = make_topic(2)
    messages = write(kafka, topic, drafts())
    client = secure.client(sasl_username=late, sasl_password=password)
    account = Account(kafka.bootstrap, late)
    host = start_with(make_host, account, topic, group, client)
    host.wait_for("it is told", lambda: "sasl.password" in told(host))
    assert "_AUTHENTICATION" in told(host)
    answer = dlq("list", *of_config(host), "--timeout", "3s")
    assert answer.code == EXIT_UNREACHABLE and "sasl.password" in answer.err, answer.err
    assert password not in host.log_path.read_text() + answer.err
    account.let_in(password)
    host.wait_handled(90)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), set(messages) - with_fate(drafts(), messages, "fail"))
    account.close()


@pytest.mark.parametrize(
    ("properties", "hint"),
    [
        ({"ssl_ca_location": "other"}, "ssl.ca.location"),
        ({"security_protocol": "PLAINTEXT"}, "security.protocol"),
        ({"security_protocol": "SASL_PLAINTEXT"}, "security.protocol"),
        ({"sasl_mechanisms": "SCRAM-SHA-256"}, "sasl.mechanisms"),
    ],
    ids=["untrusted", "plaintext", "sasl_plaintext", "mechanism"],
)
def test_a_connection_that_cannot_come_about_says_which_property_to_look_at(
    make_host, account: Account, secure: SecureKafka, make_topic, group, properties, hint
):
    if "ssl_ca_location" in properties:
        properties = {"ssl_ca_location": str(secure.other_authority)}
    client = secure.client(**properties)
    host = start_with(make_host, account, make_topic(1), group, client)
    host.wait_for("it is told", lambda: hint in told(host))
    assert host.running(), "it waits: the brokers may be what is wrong"
    answer = dlq("list", *of_config(host), "--timeout", "3s")
    assert answer.code == EXIT_UNREACHABLE and hint in answer.err, answer.err
    assert host.terminate() == EXIT_OK, host.log_tail()
