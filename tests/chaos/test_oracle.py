# SPDX-License-Identifier: Apache-2.0
"""The judge on evidence that is made up: each rule convicts on its fault, names the offset, and
acquits what is allowed. No Kafka, no host. Repeats: test_repeats.py."""

from __future__ import annotations

import dataclasses

import pytest

from evidence import NEVER
from made_up import (
    A,
    B,
    DEAD,
    RETRY,
    TOPIC,
    acquitted,
    at,
    commit,
    convicted,
    copied,
    handled,
    owned,
    refused,
    three_messages,
    with_a_retry,
)
from oracle import SLOP_MS, judge


def test_what_is_in_order_is_acquitted():
    acquitted(three_messages())
    acquitted(with_a_retry())


def test_a_message_that_nobody_handled_is_lost():
    good = three_messages()
    convicted(dataclasses.replace(good, tries=good.tries[:1] + good.tries[2:]), "lost", 1)


def test_a_message_that_only_failed_is_lost():
    good = three_messages()
    tries = [handled(1, 1100, answer="status"), good.tries[0], good.tries[2]]
    convicted(dataclasses.replace(good, tries=tries), "lost", 1)


def test_a_message_that_waits_in_a_retry_topic_or_lies_in_the_dead_letter_is_not_lost():
    good = with_a_retry()
    tries = [t for t in good.tries if t.attempt == 1]
    positions = {(TOPIC, 0): 3, (RETRY, 0): 0}
    commits = [c for c in good.commits if c.topic == TOPIC]
    acquitted(dataclasses.replace(good, tries=tries, positions=positions, commits=commits))
    passed = dataclasses.replace(good, tries=tries)
    convicted(passed, "lost", 0)
    letter = copied(0, 1450, attempts=2, topic=DEAD)
    failed = [*tries, handled(0, 1440, attempt=2, answer="status")]
    acquitted(dataclasses.replace(good, tries=failed, copies=[*good.copies, letter]))


def test_what_the_position_has_not_passed_is_not_lost_but_late():
    late = three_messages(
        tries=[handled(0, 1000)],
        commits=[commit(1, 1050)],
        positions={(TOPIC, 0): 1},
        caught_up_ms=None,
    )
    verdict = judge(late)
    assert verdict.kinds() == {"stuck": 1} and verdict.findings[0].place == at(1)


def test_what_was_acknowledged_and_is_not_in_the_log_is_the_brokers_fault():
    good = three_messages()
    inputs = {place: message for place, message in good.inputs.items() if place != at(2)}
    convicted(dataclasses.replace(good, inputs=inputs), "lost_by_brokers", 2)
    wrong = {**good.acknowledged, at(1): b"other"}
    convicted(dataclasses.replace(good, acknowledged=wrong), "lost_by_brokers", 1)


def test_another_value_at_an_offset_is_inconsistent():
    good = three_messages()
    tries = [handled(0, 1000, value=b"other"), *good.tries[1:]]
    convicted(dataclasses.replace(good, tries=tries), "inconsistent", 0)
    of_copy = with_a_retry()
    copies = [of_copy.copies[0]._replace(value=b"other")]
    convicted(dataclasses.replace(of_copy, copies=copies), "inconsistent", 0)


def test_a_message_that_is_not_in_the_log_is_a_stranger():
    good = three_messages()
    convicted(dataclasses.replace(good, tries=[*good.tries, handled(7, 1290)]), "stranger", 7)


def test_a_commit_before_the_end_of_the_handler_is_early():
    good = three_messages()
    early = [commit(1, 1050), commit(2, 1100 - 2 - SLOP_MS), commit(3, 1250)]
    convicted(dataclasses.replace(good, commits=early), "early_commit", 1)
    just = [commit(1, 1050), commit(2, 1100 - SLOP_MS), commit(3, 1250)]
    acquitted(dataclasses.replace(good, commits=just))


def test_a_commit_past_a_lower_unfinished_message_names_that_message():
    good = three_messages()
    convicted(dataclasses.replace(good, commits=[commit(3, 1250)], tries=[
        handled(0, 1000), handled(2, 1200), handled(1, 1300)], ordering="none"), "early_commit", 1)


def test_a_commit_before_the_copy_was_written_is_early():
    convicted(with_a_retry(copy_ms=1090, commit_ms=1050), "early_commit", 0)


def test_a_commit_in_a_retry_topic_before_the_next_attempt_is_early():
    good = with_a_retry()
    commits = [*good.commits[:-1], commit(1, 1300, RETRY)]
    convicted(dataclasses.replace(good, commits=commits), "early_commit", 0, RETRY)


def test_a_position_that_goes_back_is_found():
    good = three_messages()
    convicted(dataclasses.replace(good, commits=[*good.commits, commit(1, 1400)]), "went_back", 1)


def test_a_commit_between_two_owners_has_no_owner():
    periods = [owned(A, 900, 1110), owned(B, 1190, NEVER, "open")]
    tries = [handled(0, 1000), handled(1, 1100), handled(2, 1200, B)]
    good = three_messages(
        periods=periods, tries=tries, commits=[commit(2, 1105), commit(3, 1250)]
    )
    acquitted(good)
    late = dataclasses.replace(good, commits=[commit(1, 1105), commit(2, 1150), commit(3, 1250)])
    convicted(late, "ownerless_commit", 2)


def test_a_call_that_begins_after_the_revocation_is_found():
    good = three_messages(periods=[owned(A, 900, 1150), owned(B, 1160, NEVER, "open")])
    convicted(good, "after_revocation", 2)


def test_a_call_that_outlasts_its_revocation_is_found_unless_the_host_said_so():
    periods = [owned(A, 900, 1199.5), owned(B, 1210, NEVER, "open")]
    tries = [handled(0, 1000), handled(1, 1100), handled(2, 1220, begin_ms=1198)]
    bad = three_messages(periods=periods, tries=tries, commits=[commit(2, 1150), commit(3, 1230)])
    convicted(bad, "outlasted", 2)
    told = dataclasses.replace(bad, refusals=[refused(1199, "drain_timeout")])
    acquitted(told)


def test_a_host_that_was_never_the_owner_is_found():
    good = three_messages()
    tries = [*good.tries[:2], handled(2, 1200, B)]
    convicted(dataclasses.replace(good, tries=tries), "not_owned", 2)


@pytest.mark.parametrize("ordering", ["partition", "key"])
def test_order_within_an_ownership(ordering):
    good = three_messages(ordering=ordering)
    acquitted(good)
    swapped = [handled(0, 1000), handled(2, 1100), handled(1, 1200)]
    commits = [commit(1, 1050), commit(3, 1250)]
    convicted(dataclasses.replace(good, tries=swapped, commits=commits), "order", 1)
    overlap = [handled(0, 1000), handled(1, 1100), handled(2, 1150, begin_ms=1099.5)]
    convicted(dataclasses.replace(good, tries=overlap), "order", 2)
    other_key = [handled(0, 1000), handled(2, 1100, key=b"other"), handled(1, 1200)]
    free = dataclasses.replace(good, tries=other_key, commits=commits)
    acquitted(free) if ordering == "key" else convicted(free, "order", 1)
    acquitted(dataclasses.replace(good, tries=swapped, commits=commits, ordering="none"))


def test_in_place_nobody_overtakes_a_message_that_fails():
    tries = [
        handled(0, 1000, answer="status"),
        handled(0, 1010, attempt=2),
        handled(1, 1100),
        handled(2, 1200),
    ]
    acquitted(three_messages(retry="in_place", tries=tries))
    overtaken = [tries[0], handled(1, 1005), handled(0, 1010, attempt=2), tries[3]]
    convicted(three_messages(retry="in_place", tries=overtaken), "order", 1)


def test_exactly_once_is_judged_by_what_readers_see():
    good = three_messages(delivery="exactly_once", outputs=[at(0), at(1), at(2)])
    acquitted(good)
    convicted(dataclasses.replace(good, outputs=[at(0), at(2)]), "lost", 1)
    convicted(dataclasses.replace(good, outputs=[at(0), at(1), at(1), at(2)]), "repeat", 1)
    again = dataclasses.replace(good, tries=[*good.tries, handled(2, 1290)], ordering="none")
    acquitted(again)
