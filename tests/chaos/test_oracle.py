# SPDX-License-Identifier: Apache-2.0
"""The judge on evidence that is made up: each rule convicts on its fault, names the offset, and
acquits what is allowed. No Kafka, no host."""

from __future__ import annotations

import dataclasses

import pytest

from evidence import NEVER, Commit, Copy, Evidence, Input, Period, Place, Refusal, Try
from oracle import SLOP_MS, judge

TOPIC, RETRY, DEAD = "t", "g.retry.100ms", "g.dlq"
A, B = 101, 102  # processes of two hosts


def at(offset: int, topic: str = TOPIC) -> Place:
    return Place(topic, 0, offset)


def value(offset: int) -> bytes:
    return b"run.0.%d" % offset


def handled(offset: int, end_ms: float, pid: int = A, attempt: int = 1, answer: str = "ok", **more):
    call = Try(at(offset), attempt, end_ms - 1, end_ms, pid, answer, b"k", value(offset))
    return call._replace(**more)


def copied(offset: int, ms: float, attempts: int = 1, topic: str = RETRY, place: int = 0) -> Copy:
    return Copy(at(place, topic), at(offset), attempts, ms, topic == DEAD, value(offset))


def commit(position: int, ms: float, topic: str = TOPIC) -> Commit:
    return Commit(ms, topic, 0, position)


def owned(pid: int, begin: float, end: float, how: str = "revoked", **more) -> Period:
    return Period(f"host-{pid}", pid, 0, TOPIC, 0, begin, end, how)._replace(**more)


def three_messages(**more) -> Evidence:
    """Handled one after the other by one host, each committed a little later, all in order."""
    good = Evidence(
        "g",
        TOPIC,
        window_ms=100.0,
        inputs={at(o): Input(b"k", value(o)) for o in range(3)},
        acknowledged={at(o): value(o) for o in range(3)},
        tries=[handled(o, 1000 + 100 * o) for o in range(3)],
        commits=[commit(o + 1, 1050 + 100 * o) for o in range(3)],
        periods=[owned(A, 900, NEVER, "open")],
        positions={(TOPIC, 0): 3},
        ends={(TOPIC, 0): 3},
    )
    return dataclasses.replace(good, **more)


def with_a_retry(copy_ms: float = 1000, commit_ms: float = 1050, **more) -> Evidence:
    """The first message fails once, is copied, and succeeds from the retry topic."""
    good = three_messages()
    return dataclasses.replace(
        good,
        tries=[
            handled(0, 990, answer="status"),
            *good.tries[1:],
            handled(0, 1400, attempt=2),
        ],
        periods=[*good.periods, *(p._replace(topic=RETRY) for p in good.periods)],
        copies=[copied(0, copy_ms)],
        commits=[commit(1, commit_ms), *good.commits[1:], commit(1, 1500, RETRY)],
        positions={(TOPIC, 0): 3, (RETRY, 0): 1},
        ends={(TOPIC, 0): 3, (RETRY, 0): 1},
        **more,
    )


def handed_over(first_end: float, how: str, again: float = 1150, **more) -> Evidence:
    """Host A handles the first message at 1000 and loses the partition; host B handles it again."""
    return three_messages(
        tries=[handled(0, 1000), handled(0, again, B), handled(1, 1200, B), handled(2, 1300, B)],
        commits=[commit(0, 901), commit(1, 1160), commit(2, 1210), commit(3, 1310)],
        periods=[owned(A, 900, first_end, how), owned(B, 1100, NEVER, "open")],
        **more,
    )


def convicted(evidence: Evidence, kind: str, offset: int, topic: str = TOPIC) -> None:
    verdict = judge(evidence)
    found = {(finding.kind, finding.place) for finding in verdict.findings}
    assert (kind, at(offset, topic)) in found, verdict.text()


def acquitted(evidence: Evidence) -> None:
    verdict = judge(evidence)
    assert not verdict.guilty, verdict.text()


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
    told = dataclasses.replace(bad, refusals=[Refusal(A, 1199, "drain_timeout")])
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


def test_a_repeat_after_a_kill_is_allowed_within_the_window():
    acquitted(handed_over(1050, "killed"))
    assert judge(handed_over(1050, "killed")).repeats == 1
    convicted(handed_over(1150, "killed", again=1190), "repeat", 0)
    acquitted(handed_over(1150, "killed", again=1190, window_ms=None))


def test_a_repeat_after_a_clean_revocation_is_not_allowed():
    convicted(handed_over(1050, "revoked"), "repeat", 0)


def test_a_repeat_after_a_commit_that_failed_is_allowed():
    acquitted(handed_over(1050, "revoked", refusals=[Refusal(A, 1040, "commit_failed")]))


def test_a_repeat_of_what_a_frozen_host_had_finished_counts_from_its_freeze():
    lost = owned(A, 900, 5000, "lost", frozen_ms=1050)
    frozen = dataclasses.replace(
        handed_over(5000, "lost"), periods=[lost, owned(B, 1100, NEVER, "open")]
    )
    acquitted(frozen)
    thawed_late = lost._replace(frozen_ms=4000)
    convicted(
        dataclasses.replace(frozen, periods=[thawed_late, owned(B, 1100, NEVER, "open")]),
        "repeat",
        0,
    )


def test_what_a_woken_host_handles_again_before_it_hears_of_its_loss_is_allowed():
    zombie = owned(A, 900, 1350, "lost", frozen_ms=1010)
    woken = three_messages(
        ordering="none",
        tries=[handled(o, 1100 + 10 * o, B) for o in range(3)] + [handled(1, 1300)],
        commits=[commit(0, 901), commit(3, 1200)],
        periods=[zombie, owned(B, 1050, NEVER, "open")],
    )
    acquitted(woken)
    assert judge(woken).repeats == 1
    told = [zombie._replace(how="revoked", frozen_ms=NEVER), woken.periods[1]]
    convicted(dataclasses.replace(woken, periods=told), "repeat", 1)


def test_a_repeat_of_what_stood_behind_an_unfinished_message_is_allowed():
    """No position can cover it, whoever commits."""
    good = three_messages(
        ordering="none",
        tries=[handled(1, 1000), handled(0, 1120, B), handled(1, 1130, B), handled(2, 1200, B)],
        commits=[commit(0, 901), commit(2, 1160), commit(3, 1250)],
        periods=[owned(A, 900, 1050), owned(B, 1100, NEVER, "open")],
    )
    acquitted(good)
    assert judge(good).repeats == 1


def test_a_copy_written_twice_is_a_repeat_and_so_is_what_comes_of_it():
    first = with_a_retry()
    twice = dataclasses.replace(
        first,
        tries=[*first.tries, handled(0, 1095, B, answer="status"), handled(0, 1450, attempt=2)],
        copies=[copied(0, 1000), copied(0, 1096, place=1)],
        commits=[commit(0, 901), commit(1, 1099), *first.commits[1:3], commit(2, 1500, RETRY)],
        periods=[
            owned(A, 900, 1050, "killed"),
            owned(B, 1060, NEVER, "open"),
            owned(B, 1060, NEVER, "open", topic=RETRY),
        ],
        positions={(TOPIC, 0): 3, (RETRY, 0): 2},
        ends={(TOPIC, 0): 3, (RETRY, 0): 2},
    )
    tries = [t._replace(pid=B) if t.end_ms > 1050 else t for t in twice.tries]
    twice = dataclasses.replace(twice, tries=tries)
    acquitted(twice)
    assert judge(twice).repeats == 2
    clean = [owned(A, 900, 1050), *twice.periods[1:]]
    convicted(dataclasses.replace(twice, periods=clean), "repeat", 0)


def test_exactly_once_is_judged_by_what_readers_see():
    good = three_messages(delivery="exactly_once", outputs=[at(0), at(1), at(2)])
    acquitted(good)
    convicted(dataclasses.replace(good, outputs=[at(0), at(2)]), "lost", 1)
    convicted(dataclasses.replace(good, outputs=[at(0), at(1), at(1), at(2)]), "repeat", 1)
    again = dataclasses.replace(good, tries=[*good.tries, handled(2, 1290)], ordering="none")
    acquitted(again)
