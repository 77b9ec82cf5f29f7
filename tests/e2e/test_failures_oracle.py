# SPDX-License-Identifier: Apache-2.0
"""The judge of failing messages is judged: each check fails on the fault it is to find. No Kafka."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from copies import Copy, assert_labelled, assert_origins
from failures import (
    ABSENT,
    ATTEMPTS_FILE,
    Attempts,
    Draft,
    json_drafts,
    numbers,
    parse_attempt,
    waits_seconds,
    with_fate,
)
from kafka_view import Message
from lane_order import assert_nothing_overtakes

ORIGIN = Message("t", 3, 7, b"k", b"v")
LABELS = {
    "attempt": "4",
    "origin-topic": "t",
    "origin-partition": "3",
    "origin-offset": "7",
    "origin-timestamp-ms": "5",
    "first-failure-ms": "6",
    "error-kind": "exception",
    "error": "why",
    "pipeline": "main",
    "group": "g",
    "plugin": "ledger@0.1.0",
}
LINE = b"t\t3\t7\tk\tv\t%d\t%d\t%d\t9\t1\t5\t%s\n"


def copy_with(labels: dict[str, str], *more: tuple[str, bytes]) -> Copy:
    ours = [(f"tidegate-{name}", value.encode()) for name, value in labels.items()]
    return Copy("g.dlq", 3, 0, 8, 0, b"k", b"v", [("own", None), *ours, *more])


def test_what_is_missing_or_not_expected_in_a_topic_is_found():
    copies = [copy_with(LABELS)]
    assert_origins(copies, {ORIGIN}, "dlq")
    with pytest.raises(AssertionError, match="missing in dlq"):
        assert_origins([], {ORIGIN}, "dlq")
    with pytest.raises(AssertionError, match="not expected in dlq"):
        assert_origins(copies, set(), "dlq")
    with pytest.raises(AssertionError, match="missing in dlq"):
        assert_origins([copies[0]._replace(value=None)], {ORIGIN}, "dlq")


@pytest.mark.parametrize("name", ["attempt", "error-kind", "group", "pipeline", "plugin"])
def test_a_wrong_or_missing_label_is_found(name):
    good = copy_with(LABELS)
    assert_labelled(good, "g", 4, "exception")
    assert good.foreign_headers == [("own", None)]
    with pytest.raises(AssertionError):
        assert_labelled(copy_with({**LABELS, name: "wrong"}), "g", 4, "exception")
    with pytest.raises(AssertionError):
        assert_labelled(
            copy_with({k: v for k, v in LABELS.items() if k != name}), "g", 4, "exception"
        )


def test_a_header_of_ours_that_grows_is_found():
    with pytest.raises(AssertionError, match="2 headers tidegate-attempt"):
        assert_labelled(copy_with(LABELS, ("tidegate-attempt", b"1")), "g", 4, "exception")


def test_attempts_are_read_while_they_are_written(tmp_path):
    attempts = Attempts(SimpleNamespace(folder=tmp_path))
    assert attempts.all() == []
    first, second = LINE % (1, 1_000, 2_000, b"false"), LINE % (2, 1_000_002_000, 9, b"ok")
    (tmp_path / ATTEMPTS_FILE).write_bytes(first + second[:-5])
    assert attempts.all() == [parse_attempt(first.rstrip(b"\n"))]
    (tmp_path / ATTEMPTS_FILE).write_bytes(first + second)
    assert [(a.number, a.answer, a.timestamp_ms) for a in attempts.all()] == [
        (1, "false", 5),
        (2, "ok", 5),
    ]
    assert numbers(attempts.all()) == {ORIGIN: [1, 2]}
    assert waits_seconds(attempts.all()) == {ORIGIN: [1.0]}


def test_drafts_fail_as_often_as_asked_and_the_same_ones_for_a_seed():
    drafts = json_drafts(1_000, 4, 100, seed=1)
    fates = [draft.fate for draft in drafts]
    assert fates == [draft.fate for draft in json_drafts(1_000, 4, 100, seed=1)]
    assert fates != [draft.fate for draft in json_drafts(1_000, 4, 100, seed=2)]
    assert fates.count("fail") == 5 and len([fate for fate in fates if fate]) == 10
    messages = [Message("t", d.partition, i, d.key, d.value) for i, d in enumerate(drafts)]
    assert len(with_fate(drafts, messages)) == 10
    assert len(with_fate(drafts, messages, "fail", "fail:1")) == 7


def test_an_absent_header_value_is_expected_as_none():
    assert Draft(b"v", "fail", headers=(("a", ABSENT), ("b", b""))).to_find() == [
        ("a", None),
        ("b", b""),
        ("ledger", b"fail"),
    ]


def attempt_at(offset: int, begin_ns: int, end_ns: int, answer: str):
    line = b"t\t3\t%d\tk\tv\t1\t%d\t%d\t9\t1\t5\t%s"
    return parse_attempt(line % (offset, begin_ns, end_ns, answer.encode()))


def test_what_overtakes_a_failed_message_of_its_lane_is_found():
    messages = [ORIGIN._replace(offset=offset) for offset in (7, 8, 9)]

    def check(*attempts):
        assert_nothing_overtakes(attempts, messages, lambda message: message.key)

    failed, later = attempt_at(7, 10, 20, "false"), attempt_at(7, 40, 50, "ok")
    check(failed, later, attempt_at(8, 50, 60, "ok"))
    again = attempt_at(7, 70, 80, "ok")
    check(failed, later, attempt_at(8, 50, 60, "ok"), again, attempt_at(9, 80, 90, "ok"))
    with pytest.raises(AssertionError, match="before"):
        check(failed, attempt_at(8, 20, 30, "false"), later)
    with pytest.raises(AssertionError, match="before"):
        check(later, attempt_at(9, 50, 60, "ok"))
    with pytest.raises(AssertionError, match="overlaps"):
        check(later, attempt_at(8, 45, 60, "ok"))
