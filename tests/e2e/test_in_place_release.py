# SPDX-License-Identifier: Apache-2.0
"""retry.mode = "in_place" with more behind messages that fail than may be in flight: released, read
past, brought back (DESIGN §5)."""

from __future__ import annotations

import random

import pytest

from failures import (
    Attempts,
    Draft,
    attempts_of,
    counted,
    failing_keys,
    numbers,
    run_until_caught_up,
    with_fate,
    write,
)
from host import EXIT_OK, Host
from kafka_view import View
from lane_order import assert_nothing_overtakes
from ledger import assert_each_once, assert_same_messages
from metrics import assert_adds_up
from test_rebalance import Scraper

STUCK = 3


def consumed(host: Host) -> float:
    return counted(host, "tidegate_messages_consumed_total")()


def released(host: Host) -> float:
    return counted(host, "tidegate_messages_given_back_total", reason="released")()


def with_stuck_keys(count: int, keys: int, seed: int) -> list[Draft]:
    """Of three keys, that have a third of all messages, every message fails for ever; of the others
    one in 50 fails, up to twice."""
    dice = random.Random(seed)
    drafts = []
    for i in range(count):
        stuck = dice.randrange(3) == 0
        key = dice.randrange(STUCK) if stuck else dice.randrange(STUCK, keys)
        flaky = f"fail:{dice.randrange(1, 3)}" if dice.randrange(50) == 0 else ""
        drafts.append(Draft(b"m.%d" % i, "fail" if stuck else flaky, key % 2, b"key.%d" % key))
    return drafts


def test_keys_that_fail_for_ever_never_starve_the_others(
    start_host, kafka: View, make_topic, group, full, note_figure
):
    """Then somebody mends the handler, and everything is handled, in order."""
    topic = make_topic(2)
    drafts = with_stuck_keys(200_000 if full else 20_000, 300, seed=5)
    messages = write(kafka, topic, drafts)
    others = set(messages) - with_fate(drafts, messages, "fail")
    pipeline = failing_keys(
        group,
        topic,
        {"mode": "in_place", "max_retries": -1, "delays": ["200ms", "500ms"]},
        ordering="key",
        concurrency=4,
        max_in_flight_messages=1_000,
    )
    host = start_host("host", **pipeline)
    with Scraper([host]) as scraper:
        host.wait_handled(len(others), deadline=240)
        first = {host.ledger.messages()[0]}
    assert first and scraper.scrapes > 0 and not scraper.broken, scraper.broken[:3]
    assert_each_once(host.ledger.messages(), others)
    scrape = host.scrape()
    assert_adds_up(scrape)
    stuck = len(messages) - len(others)
    assert released(host) >= stuck - 1_000, "most of what is stuck is not in memory"
    assert scrape.sum("tidegate_messages_in_flight", pipeline="main") <= 1_000
    again = consumed(host) - len(messages)
    assert again > 0, "nothing was brought back"
    note_figure(f"in place: {len(messages)} messages, {released(host):.0f} released, {again:.0f} "
                "brought back")
    assert_nothing_overtakes(attempts_of(host), messages, lambda message: message.key)
    lowest = {p: min(m.offset for m in set(messages) - others if m.partition == p) for p in (0, 1)}
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert kafka.committed(group, topic) == lowest

    pipeline["ledger"] = {**pipeline["ledger"], "headers": False}
    mended = run_until_caught_up(start_host, "mended", deadline=120, **pipeline)
    assert_same_messages([*host.ledger.messages(), *mended.ledger.messages()], messages)
    assert_nothing_overtakes(attempts_of(host, mended), messages, lambda message: message.key)
    assert kafka.committed(group, topic) == kafka.ends(topic)


def test_what_was_released_comes_back_when_its_key_goes_on(
    start_host, kafka: View, make_topic, group
):
    """One host, no restart: every key fails now and then, and has more than may be in flight."""
    topic = make_topic(1)
    drafts = [
        Draft(b"m.%d" % i, "fail:2" if i % 1_000 == i // 1_000 else "", key=b"%d" % (i % 4))
        for i in range(8_000)
    ]
    messages = write(kafka, topic, drafts)
    host = start_host(
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "delays": ["300ms"]},
            ordering="key",
            concurrency=2,
            max_in_flight_messages=200,
        ),
    )
    host.wait_handled(len(messages), deadline=120)
    host.wait_for(
        "its position is the end", lambda: kafka.committed(group, topic) == kafka.ends(topic)
    )
    assert_each_once(host.ledger.messages(), messages)
    assert_nothing_overtakes(attempts_of(host), messages, lambda message: message.key)
    assert_adds_up(host.scrape())
    assert released(host) > 0 and consumed(host) == len(messages) + released(host)
    assert host.terminate() == EXIT_OK, host.log_tail()


@pytest.mark.parametrize("ordering", ["key", "none", "partition"])
def test_more_messages_that_fail_at_once_than_may_be_in_flight_come_through_all_the_same(
    start_host, kafka: View, make_topic, group, ordering
):
    topic = make_topic(2)
    count = 60 if ordering == "partition" else 3_000
    drafts = [Draft(b"m.%d" % i, "fail:2", i % 2, b"key.%d" % (i % 1_000)) for i in range(count)]
    messages = write(kafka, topic, drafts)
    host = run_until_caught_up(
        start_host,
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "delays": ["50ms"]},
            ordering=ordering,
            max_in_flight_messages=200 if count > 200 else 20,
        ),
    )
    assert_each_once(host.ledger.messages(), messages)
    assert set(map(tuple, numbers(attempts_of(host)).values())) == {(1, 2, 3)}
    lane = {"key": lambda m: m.key, "partition": lambda m: m.partition, "none": lambda m: m}
    assert_nothing_overtakes(attempts_of(host), messages, lane[ordering])
    assert kafka.committed(group, topic) == kafka.ends(topic)


def test_reading_stops_max_ahead_past_the_lowest_unfinished_message(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    drafts = [
        Draft(b"m.%d" % i, "fail:2" if i == 100 else "", key=b"%d" % (i % 100)) for i in range(5_000)
    ]
    messages = write(kafka, topic, drafts)
    host = start_host(
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "delays": ["4s"], "max_ahead": 1_000},
            ordering="key",
            max_in_flight_messages=400,
        ),
    )
    paused = counted(host, "tidegate_paused_partitions", reason="max_ahead")
    host.wait_for("it is far enough ahead", lambda: paused() == 1)
    tried = Attempts(host)
    far = max(attempt.message.offset for attempt in tried.all())
    assert far < 100 + 1_000 + 100, "a batch is 100 messages here"
    assert kafka.committed(group, topic).get(0, 0) <= 100
    host.wait_handled(len(messages))
    host.wait_for("it goes on", lambda: paused() == 0)
    assert_each_once(host.ledger.messages(), messages)
    assert_nothing_overtakes(attempts_of(host), messages, lambda message: message.key)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert kafka.committed(group, topic) == kafka.ends(topic)


def test_what_the_log_loses_before_it_comes_back_is_reported_and_holds_nothing_up(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, "fail:1" if i == 0 else "", key=b"k") for i in range(2_000)]
    messages = write(kafka, topic, drafts)
    host = start_host(
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "in_place", "delays": ["4s"]},
            max_in_flight_messages=200,
        ),
    )
    host.wait_for("its messages are released", lambda: released(host) > 0)
    kafka.delete_before(topic, {0: 1_500})
    host.wait_for(
        "its position is the end", lambda: kafka.committed(group, topic) == kafka.ends(topic), 60
    )
    host.wait_event("offsets_lost")
    handled = host.ledger.handled()
    assert {messages[0], *messages[1_500:]} <= handled
    lost = len(messages) - len(handled)
    assert lost > 0 and counted(host, "tidegate_offsets_lost_total")() == lost
    assert_adds_up(host.scrape())
    assert host.terminate() == EXIT_OK, host.log_tail()
