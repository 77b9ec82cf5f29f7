# SPDX-License-Identifier: Apache-2.0
"""retry.mode = "in_place": retries that keep order (DESIGN §5; §2, invariant 6)."""

from __future__ import annotations

import random

import pytest

from copies import Topics, assert_labelled, dead_letters
from failures import (
    KINDS,
    Attempts,
    Draft,
    attempts_of,
    by_message,
    counted,
    failing_keys,
    numbers,
    run_until_caught_up,
    waits_seconds,
    write,
)
from host import EXIT_OK
from kafka_view import Message, View
from lane_order import assert_nothing_overtakes
from ledger import assert_each_once, assert_same_messages
from metrics import assert_adds_up
from protocols import consumer_of
from test_rebalance import Scraper

PARTITIONS = 4


def keyed(count: int, keys: int, one_in: int, seed: int) -> list[Draft]:
    """Messages of which one in `one_in` fails in its first 1 to 3 attempts; each key has its
    partition."""
    dice = random.Random(seed)
    drafts = []
    for i in range(count):
        key = dice.randrange(keys)
        fate = f"fail:{dice.randrange(1, 4)}" if dice.randrange(one_in) == 0 else ""
        drafts.append(Draft(b"m.%d" % i, fate, key % PARTITIONS, b"key.%d" % key))
    return drafts


def key_of(message: Message) -> object:
    return message.key


def partition_of(message: Message) -> object:
    return message.partition


@pytest.mark.parametrize("protocol", ["range", "cooperative-sticky", "consumer"])
def test_invariant_6_each_key_keeps_its_order_across_a_rebalance_and_a_restart(
    start_host, kafka: View, make_topic, group, full, protocol
):
    topic = make_topic(PARTITIONS)
    keys, count = (5_000, 40_000) if full else (500, 5_000)
    messages = write(kafka, topic, keyed(count, keys, one_in=10, seed=4))
    pipeline = failing_keys(
        group,
        topic,
        {"mode": "in_place", "max_retries": -1, "delays": ["20ms", "100ms"]},
        {"delay_us": 1_000},
        ordering="key",
        concurrency=4,
        max_in_flight_messages=1_000,
        consumer=consumer_of(protocol, "none"),
    )
    first = start_host("first", **pipeline)
    tried = Attempts(first)
    first.wait_for("it is well under way", lambda: tried.count() >= count // 10)
    with Scraper([first]) as scraper:
        second = start_host("second", **pipeline)
        second.wait_handled(count // 20)
        assert second.terminate() == EXIT_OK, second.log_tail()
    assert scraper.scrapes > 0 and not scraper.broken, scraper.broken[:3]
    first.wait_handled(first.ledger.count() + count // 20)
    assert first.terminate() == EXIT_OK, first.log_tail()
    handled = first.ledger.handled() | second.ledger.handled()
    assert len(handled) < count, "something was to be left for after the restart"
    last = run_until_caught_up(start_host, "last", deadline=240, **pipeline)
    hosts = (first, second, last)
    assert_same_messages([m for host in hosts for m in host.ledger.messages()], messages)
    assert_nothing_overtakes(attempts_of(*hosts), messages, key_of)
    assert kafka.committed(group, topic) == kafka.ends(topic)
    with Topics(kafka) as topics:
        ours = {name for name in topics.names() if name.startswith(group)}
    assert ours == {f"{group}.dlq"}, "in place, no retry topic is made"


def test_one_poison_message_blocks_its_partition_only_and_no_longer_than_its_retries(
    start_host, kafka: View, make_topic, group
):
    """Its partition has far more behind it than may be in flight."""
    topic = make_topic(PARTITIONS)
    delays = [0.5, 1.0, 1.0]
    drafts = [
        Draft(b"m.%d" % i, "throw" if i == 40 else "", i % PARTITIONS) for i in range(6_000)
    ]
    messages = write(kafka, topic, drafts)
    poison = messages[40]
    host = run_until_caught_up(
        start_host,
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "max_retries": 3, "delays": ["500ms", "1s"]},
            max_in_flight_messages=400,
            concurrency=2,
        ),
    )
    assert_each_once(host.ledger.messages(), set(messages) - {poison})
    attempts = attempts_of(host)
    found = numbers(attempts)
    assert found.pop(poison) == [1, 2, 3, 4]
    assert all(tried == [1] for tried in found.values()), "only the poison is attempted again"
    waits = waits_seconds(attempts)[poison]
    assert all(wait >= delay for wait, delay in zip(waits, delays)), waits
    assert all(wait < delay + 0.5 for wait, delay in zip(waits, delays)), waits
    given_up = max(attempt.call.end_ns for attempt in by_message(attempts)[poison])
    for call in host.ledger.calls():
        if call.message.partition != poison.partition:
            assert call.end_ns < given_up, f"{call} waited for another partition's poison"
        elif call.message.offset > poison.offset:
            assert call.begin_ns >= given_up, f"{call} overtook the poison"
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == poison
    assert_labelled(copy, group, 4, KINDS["throw"])


@pytest.mark.parametrize("ordering", ["partition", "key", "none"])
@pytest.mark.parametrize("how", ["false", "throw"])
def test_one_poison_message_in_batches_of_500_is_charged_alone(
    start_host, kafka: View, make_topic, group, how, ordering
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, how if i == 777 else "", key=b"%d" % (i % 3)) for i in range(1_500)]
    messages = write(kafka, topic, drafts)
    poison = messages[777]
    host = run_until_caught_up(
        start_host,
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "max_retries": 3},
            batch={"max_messages": 500, "max_wait": "50ms"},
            ledger_plugin="ledger_batch.so",
            ordering=ordering,
        ),
    )
    # What a batch answered behind the poison in its lane is void, and comes again.
    assert_same_messages(host.ledger.messages(), set(messages) - {poison})
    found = numbers(attempts_of(host))
    assert set(found.pop(poison)) == {1, 2, 3, 4}
    charged = [message for message, tried in found.items() if set(tried) != {1}]
    assert not charged, "these were charged for their neighbour"
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == poison
    assert_labelled(copy, group, 4, KINDS[how])


def test_retry_after_waits_exactly_as_long_as_it_asks(start_host, kafka: View, make_topic, group):
    topic = make_topic(1)
    (message, _) = write(kafka, topic, [Draft(b"m", "retry_after:700"), Draft(b"behind")])
    host = run_until_caught_up(
        start_host, "host", **failing_keys(group, topic, {"mode": "in_place", "delays": ["10s"]})
    )
    (wait,) = waits_seconds(attempts_of(host))[message]
    assert 0.7 <= wait < 1.2
    assert host.ledger.messages()[0] == message, "the one behind it waits with it"


def test_what_is_parked_is_given_back_at_once_and_its_next_owner_begins_anew(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    drafts = [Draft(b"m.%d" % i, "fail:1" if i == 0 else "", i % 2) for i in range(10)]
    messages = write(kafka, topic, drafts)
    retry = {"mode": "in_place", "delays": ["10m"]}
    first = start_host("first", **failing_keys(group, topic, retry))
    first.wait_handled(5)
    first.wait_for("the failed one waits", counted(first, "tidegate_queue_messages", queue="retry"))
    scrape = first.scrape()
    assert_adds_up(scrape)
    assert scrape.sum("tidegate_retries_total", delay="10m", kind="status") == 1
    assert scrape.sum("tidegate_queue_messages", queue="blocked_by_key") == 4
    assert scrape.sum("tidegate_paused_partitions", reason="retry") == 1
    assert first.terminate(deadline=5) == EXIT_OK, first.log_tail()
    assert kafka.committed(group, topic).get(0, 0) == 0
    (attempt,) = by_message(attempts_of(first))[messages[0]]
    assert attempt.number == 1
    retry["delays"] = ["100ms"]
    second = run_until_caught_up(start_host, "second", **failing_keys(group, topic, retry))
    assert numbers(attempts_of(second))[messages[0]] == [1, 2]
    assert_same_messages([*first.ledger.messages(), *second.ledger.messages()], messages)


def test_retry_topics_of_an_earlier_configuration_are_drained_in_place(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    messages = write(kafka, topic, [Draft(b"m.%d" % i, "fail:3") for i in range(5)])
    first = start_host("first", **failing_keys(group, topic, {"delays": ["3s"]}))
    first.wait_for(
        "all wait in the retry topic", lambda: counted(first, "tidegate_retries_total")() == 5
    )
    assert first.terminate() == EXIT_OK, first.log_tail()
    second = run_until_caught_up(
        start_host, "second", **failing_keys(group, topic, {"mode": "in_place"})
    )
    assert_each_once(second.ledger.messages(), messages)
    assert set(map(tuple, numbers(attempts_of(second)).values())) == {(2, 3, 4)}
    assert kafka.ends(f"{group}.retry.3s")[0] == 5, "nothing more is written there"
