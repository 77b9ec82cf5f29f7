# SPDX-License-Identifier: Apache-2.0
"""The judge is judged first: each check fails on the fault it is there to find. No Kafka."""

from __future__ import annotations

import pytest

from kafka_view import Message
from ledger import (
    Call,
    Ledger,
    assert_each_once,
    assert_lane_order,
    assert_same_messages,
    most_at_once,
    parse_call,
)
from metrics import Scrape, assert_adds_up

ONE, TWO = (Message("t", 0, offset, b"k", b"v%d" % offset) for offset in (1, 2))


def call(message: Message, begin_ns: int, end_ns: int) -> Call:
    return Call(message, 1, begin_ns, end_ns, 1, "0")


def partition_of(one: Call) -> int:
    return one.message.partition


def test_a_lost_message_is_found():
    with pytest.raises(AssertionError, match="1 of 2 messages were lost"):
        assert_same_messages([ONE], [ONE, TWO])


def test_a_message_that_nobody_wrote_is_found():
    with pytest.raises(AssertionError, match="nobody wrote"):
        assert_same_messages([ONE, TWO], [ONE])


def test_the_right_offset_with_the_wrong_value_is_found():
    with pytest.raises(AssertionError, match="lost"):
        assert_same_messages([ONE._replace(value=b"other")], [ONE])


def test_a_message_handled_twice_is_found():
    with pytest.raises(AssertionError, match="more than once"):
        assert_each_once([ONE, ONE, TWO], [ONE, TWO])


def test_a_message_that_overtakes_is_found():
    with pytest.raises(AssertionError, match="lane 0"):
        assert_lane_order([call(TWO, 0, 1), call(ONE, 2, 3)], partition_of)


def test_calls_that_overlap_in_a_lane_are_found():
    with pytest.raises(AssertionError, match="overlaps"):
        assert_lane_order([call(ONE, 0, 5), call(TWO, 4, 6)], partition_of)


def test_calls_one_behind_the_other_are_in_order():
    assert_lane_order([call(ONE, 0, 5), call(TWO, 5, 6)], partition_of)
    assert most_at_once([call(ONE, 0, 5), call(TWO, 5, 6)]) == 1
    assert most_at_once([call(ONE, 0, 5), call(TWO, 4, 6)]) == 2


def test_a_line_cut_off_by_a_kill_is_no_line(tmp_path):
    ledger = Ledger(tmp_path / "ledger.tsv")
    assert ledger.calls() == []
    line = b"t\t0\t1\tk%09\t\t1\t10\t20\t77\ti1\n"
    ledger.path.write_bytes(line + line[:9])
    assert ledger.calls() == [parse_call(line.rstrip(b"\n"))]
    assert ledger.calls()[0].message == Message("t", 0, 1, b"k\t", b"")
    ledger.path.write_bytes(line + line)
    assert ledger.count() == 2


def exposition(consumed: int) -> str:
    return (
        f'tidegate_pipeline_state{{pipeline="p",state="running"}} 1\n'
        f'tidegate_messages_consumed_total{{pipeline="p",topic="t"}} {consumed}\n'
        'tidegate_messages_finished_total{pipeline="p",topic="t",outcome="ok"} 6\n'
        'tidegate_messages_given_back_total{pipeline="p",topic="t",reason="revoked"} 1\n'
        'tidegate_messages_in_flight{pipeline="p"} 3\n'
    )


def test_a_scrape_that_does_not_add_up_is_found():
    assert_adds_up(Scrape(exposition(10)))
    with pytest.raises(AssertionError, match="pipeline p: consumed 11"):
        assert_adds_up(Scrape(exposition(11)))
