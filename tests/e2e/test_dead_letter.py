# SPDX-License-Identifier: Apache-2.0
"""Dead letters (DESIGN §5): who ends there, who does not, and the limiter."""

from __future__ import annotations

import pytest

from control import ask, at_rest, pipeline_of
from copies import (
    Topics,
    assert_labelled,
    assert_origins,
    dead_letters,
    origins,
    read_copies,
    retry_topic,
)
from failures import (
    KINDS,
    Draft,
    attempts_of,
    counted,
    failing_keys,
    let_pass,
    numbers,
    run_until_caught_up,
    with_fate,
    write,
)
from host import EXIT_OK, Host
from kafka_view import View
from ledger import assert_each_once, assert_same_messages
from metrics import assert_adds_up


def finished(host: Host, outcome: str) -> float:
    return counted(host, "tidegate_messages_finished_total", outcome=outcome)()


@pytest.mark.parametrize("how", ["false", "throw"])
def test_one_poison_message_in_batches_of_500_is_charged_alone(
    start_host, kafka: View, make_topic, group, how
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, how if i == 777 else "") for i in range(1_500)]
    messages = write(kafka, topic, drafts)
    poison = messages[777]
    keys = failing_keys(
        group,
        topic,
        {"max_retries": 3},
        batch={"max_messages": 500, "max_wait": "50ms"},
        ledger_plugin="ledger_batch.so",
    )
    host = run_until_caught_up(start_host, "host", **keys)
    assert_each_once(host.ledger.messages(), set(messages) - {poison})
    found = numbers(attempts_of(host))
    assert set(found.pop(poison)) == {1, 2, 3, 4}
    charged = [message for message, tried in found.items() if set(tried) != {1}]
    assert not charged, "these were charged for their neighbour"
    assert_origins(read_copies(kafka, retry_topic(group)), {poison}, "the retry topic")
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == poison
    assert_labelled(copy, group, 4, KINDS[how])


def test_a_handler_can_send_a_message_there_at_once_and_drop_another(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    fates = ("", "dead_letter", "drop")
    drafts = [Draft(b"m.%d" % i, fates[i % 3], i % 2) for i in range(30)]
    messages = write(kafka, topic, drafts)
    host = start_host("host", **failing_keys(group, topic, {"max_retries": 3}))
    host.wait_for("all are finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    scrape = host.scrape()
    assert_adds_up(scrape)
    assert {name: finished(host, name) for name in ("ok", "dead_letter", "drop", "retry")} == {
        "ok": 10,
        "dead_letter": 10,
        "drop": 10,
        "retry": 0,
    }
    assert scrape.sum("tidegate_dead_letters_total", pipeline="main") == 10
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert set(map(tuple, numbers(attempts_of(host)).values())) == {(1,)}
    copies = dead_letters(kafka, group)
    assert_origins(copies, with_fate(drafts, messages, "dead_letter"), "the dead letter")
    for copy in copies:
        assert_labelled(copy, group, 1, KINDS["status"])


def test_without_a_dead_letter_what_is_out_of_retries_is_dropped_and_counted(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    messages = write(kafka, topic, [Draft(b"m.%d" % i, "fail" if i else "") for i in range(4)])
    keys = failing_keys(group, topic, {"max_retries": 1}, dead_letter={"enabled": False})
    host = start_host("host", **keys)
    host.wait_for("three are dropped", lambda: finished(host, "drop") == 3)
    scrape = host.scrape()
    assert_adds_up(scrape)
    assert scrape.sum("tidegate_retries_total", pipeline="main") == 3
    assert scrape.sum("tidegate_retries_exhausted_total", pipeline="main") == 3
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages[:1])
    assert kafka.committed(group, topic) == {0: 4}
    with Topics(kafka) as topics:
        assert f"{group}.dlq" not in topics.names()


@pytest.mark.parametrize(
    ("limit", "allowance", "long"),
    [({}, 100, True), ({"max_ratio": 1.0, "max_consecutive": 20}, 20, False)],
    ids=["ratio", "consecutive"],
)
def test_a_handler_that_fails_everything_is_stopped_by_the_limiter(
    start_host, kafka: View, make_topic, group, full, limit, allowance, long
):
    topic = make_topic(4)
    messages = write(kafka, topic, [Draft(b"m.%d" % i, "fail", i % 4) for i in range(800)])
    keys = failing_keys(
        group, topic, {"mode": "none"}, dead_letter=limit, consumers=2, concurrency=4
    )
    broken = start_host("broken", **keys)
    broken.wait_for(
        "the limiter pauses", counted(broken, "tidegate_paused_partitions", reason="limiter")
    )
    let_pass("the handler fails", 300 if full and long else 0.5)
    assert_adds_up(broken.scrape())
    assert len(kafka.members(group)) == 2, "a pause keeps polling"
    assert broken.terminate() == EXIT_OK, broken.log_tail()
    dead = dead_letters(kafka, group)
    assert 0 < len(dead) <= allowance
    assert sum(kafka.committed(group, topic).values()) <= len(dead)
    mended = run_until_caught_up(
        start_host, "mended", **{**keys, "ledger": {**keys["ledger"], "headers": False}}
    )
    assert dead_letters(kafka, group) == dead, "nothing more"
    assert_same_messages(mended.ledger.handled() | origins(dead), messages)


def test_after_resume_all_that_the_limiter_held_is_handled(
    start_host, kafka: View, make_topic, group, tmp_path, full
):
    topic = make_topic(4)
    messages = write(kafka, topic, [Draft(b"m.%d" % i, "", i % 4) for i in range(800)])
    outage = tmp_path / "outage"
    outage.touch()
    keys = failing_keys(group, topic, {"mode": "none"}, {"outage": str(outage)})
    host = start_host("host", **keys, consumers=2, concurrency=4)
    host.wait_for(
        "the limiter pauses", counted(host, "tidegate_paused_partitions", reason="limiter")
    )
    (line,) = host.events("limiter_tripped")
    assert "tidegate resume" in line["msg"]
    let_pass("the handler fails", 300 if full else 0.5)
    state = pipeline_of(host)
    assert state["paused_by"] == ["limiter"]
    assert state["in_flight"] > 0, "else nothing waits"
    host.wait_for("the group is at rest", lambda: at_rest(kafka, group, host, 4))
    before = counted(host, "tidegate_rebalances_total")()
    outage.unlink()
    assert ask(host, "resume", "main") == "main: running\n"
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    assert counted(host, "tidegate_rebalances_total")() == before, "neither is one needed"
    assert_adds_up(host.scrape())
    assert host.terminate() == EXIT_OK, host.log_tail()
    dead = origins(dead_letters(kafka, group))
    assert 0 < len(dead) <= 100, "the limiter's allowance, before and after"
    assert_each_once(host.ledger.messages(), set(messages) - dead)
    charged = {number for tried in numbers(attempts_of(host)).values() for number in tried}
    assert charged == {1}, "what waited was charged nothing"
