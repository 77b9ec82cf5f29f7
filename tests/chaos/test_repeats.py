# SPDX-License-Identifier: Apache-2.0
"""The judge on effects that came twice: which of them at_least_once allows. No Kafka, no host."""

from __future__ import annotations

import dataclasses

from evidence import NEVER, Copy, Evidence, Period, Try
from made_up import (
    A,
    B,
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
    value,
    with_a_retry,
)
from oracle import judge


def handed_over(first_end: float, how: str, again: float = 1150, **more) -> Evidence:
    """Host A handles the first message at 1000 and loses the partition; host B handles it again."""
    return three_messages(
        tries=[handled(0, 1000), handled(0, again, B), handled(1, 1200, B), handled(2, 1300, B)],
        commits=[commit(0, 901), commit(1, 1160), commit(2, 1210), commit(3, 1310)],
        periods=[owned(A, 900, first_end, how), owned(B, 1100, NEVER, "open")],
        **more,
    )


def test_a_repeat_after_a_kill_is_allowed_within_the_window():
    acquitted(handed_over(1050, "killed"))
    assert judge(handed_over(1050, "killed")).repeats == 1
    convicted(handed_over(1150, "killed", again=1190), "repeat", 0)
    acquitted(handed_over(1150, "killed", again=1190, window_ms=None))


def test_a_repeat_after_a_clean_revocation_is_not_allowed():
    convicted(handed_over(1050, "revoked"), "repeat", 0)


def test_a_repeat_after_a_last_commit_that_failed_is_allowed_if_the_host_said_so():
    acquitted(handed_over(1050, "revoked", refusals=[refused(1040)]))
    convicted(handed_over(1050, "revoked", refusals=[refused(990)]), "repeat", 0)
    convicted(handed_over(1050, "revoked", refusals=[refused(1040, consumer=1)]), "repeat", 0)
    convicted(handed_over(1050, "revoked", refusals=[refused(1040, pid=B)]), "repeat", 0)
    # Another commit follows, and that one did not fail.
    once = [refused(1040, "commit_failed")]
    convicted(handed_over(1050, "revoked", refusals=once), "repeat", 0)


def test_a_commit_that_failed_excuses_only_what_is_not_committed():
    """It was committed all the same, so its next owner must not begin in front of it."""
    committed = handed_over(1050, "revoked", refusals=[refused(1040)])
    commits = [commit(1, 1041), *committed.commits[2:]]
    late = [committed.periods[0], owned(B, 1142, NEVER, "open")]
    convicted(dataclasses.replace(committed, commits=commits, periods=late), "repeat", 0)


def test_a_copy_without_its_report_explains_a_repeat_if_the_host_said_so():
    told = [refused(1045, "drain_timeout", unfinished=at(0))]
    acquitted(handed_over(1050, "revoked", refusals=told))
    of_later = [refused(1045, "drain_timeout", unfinished=at(1))]
    convicted(handed_over(1050, "revoked", refusals=of_later), "repeat", 0)


def test_a_later_owner_who_is_lost_does_not_excuse_the_one_before():
    handed = handed_over(1050, "revoked")
    lost = [handed.periods[0], owned(B, 1100, 1400, "lost")]
    convicted(dataclasses.replace(handed, periods=lost), "repeat", 0)


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


def test_what_a_woken_host_handles_that_reads_an_old_assignment_is_allowed():
    """It was frozen while the group gave it the partition, and then dropped."""

    def given(how: str, begin_ms: float, end_ms: float) -> Evidence:
        return three_messages(
            tries=[handled(o, 1000 + 200 * o) for o in range(3)] + [handled(0, 1100, B)],
            commits=[commit(0, 901), commit(1, 1160), commit(3, 1450)],
            periods=[owned(A, 900, 1500, "revoked"), owned(B, begin_ms, end_ms, how)],
        )

    acquitted(given("lost", 1050, 1150))
    assert judge(given("lost", 1050, 1150)).repeats == 1
    # The group never gave it to two that it would have listened to.
    convicted(given("revoked", 1050, 1150), "repeat", 0)


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
        copies=[copied(0, 1000), copied(0, 1096, place=1, pid=B)],
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


def test_of_two_copies_of_a_message_each_has_its_own_end():
    """What was done to the first one, long before the second was written, covers that one only."""
    first = with_a_retry()
    twice = dataclasses.replace(
        first,
        tries=[
            handled(0, 990, answer="status"),
            handled(0, 1010, B, attempt=2),  # of the first copy
            handled(0, 1095, B, answer="status"),
            handled(0, 1195, B, attempt=2),  # of the second one, not committed any more
            *(handled(o, 1100 + 20 * o, B) for o in (1, 2)),
            handled(0, 1300, attempt=2),
        ],
        copies=[copied(0, 1000), copied(0, 1096, place=1, pid=B)],
        commits=[
            commit(0, 901),
            commit(1, 1015, RETRY),
            *(commit(o, 1110 + 20 * o) for o in (1, 2, 3)),
            commit(2, 1310, RETRY),
        ],
        periods=[
            owned(A, 900, 1050, "killed"),
            owned(B, 1060, 1250, "killed"),
            owned(B, 960, 1250, "killed", topic=RETRY),
            owned(A, 1260, NEVER, "open", topic=RETRY),
        ],
        positions={(TOPIC, 0): 3, (RETRY, 0): 2},
        ends={(TOPIC, 0): 3, (RETRY, 0): 2},
    )
    acquitted(twice)
    late = [
        p._replace(end_ms=1299) if p.end_ms == 1250 else p._replace(begin_ms=1299)
        if p.begin_ms == 1260 else p for p in twice.periods
    ]
    convicted(dataclasses.replace(twice, periods=late), "repeat", 0)


def copied_twice(first: Copy, second: Copy, *of_source: Period) -> Evidence:
    """The first message fails in two hosts, or twice in one, and both copies are handled by B."""
    good = with_a_retry()
    tries = [
        Try(at(0), 1, c.begin_ms, c.begin_ms + 1, c.pid, "status", b"k", value(0))
        for c in (first, second)
    ]
    in_retry = owned(B, 1060, NEVER, "open", topic=RETRY)
    return dataclasses.replace(
        good,
        tries=[
            *tries,
            *(handled(o, 1000 + 100 * o, of_source[-1].pid) for o in (1, 2)),
            *(handled(0, ms, B, attempt=2) for ms in (1400, 1450)),
        ],
        copies=[first, second._replace(at=at(1, RETRY))],
        commits=[commit(0, 901), commit(1, 1099), *good.commits[1:3], commit(2, 1500, RETRY)],
        periods=[*of_source, in_retry],
        positions={(TOPIC, 0): 3, (RETRY, 0): 2},
        ends={(TOPIC, 0): 3, (RETRY, 0): 2},
    )


def test_a_copy_belongs_to_the_ownership_in_which_its_attempt_was_made():
    """It may be written when its host has lost the partition and has it again."""
    lost_and_got_back = (owned(A, 900, 1010, "lost"), owned(A, 1020, NEVER, "open"))
    late = copied(0, 1030, begin_ms=999)
    again = copied(0, 1045, begin_ms=1040)
    acquitted(copied_twice(late, again, *lost_and_got_back))
    kept = (owned(A, 900, NEVER, "open"),)
    convicted(copied_twice(late, again, *kept), "repeat", 0)


def test_a_copy_that_a_host_writes_when_it_is_not_the_owner_any_more_is_allowed():
    zombie, back = owned(A, 900, 1060, "lost"), owned(A, 1080, NEVER, "open")
    between = owned(B, 1030, 1075)
    of_owner = copied(0, 1045, pid=B, begin_ms=1040)
    of_zombie = copied(0, 1095, begin_ms=1000)
    acquitted(copied_twice(of_owner, of_zombie, zombie, between, back))
    of_new_owner = copied(0, 1095, begin_ms=1090)
    convicted(copied_twice(of_owner, of_new_owner, zombie, between, back), "repeat", 0)


def test_a_host_whose_last_commit_was_refused_may_have_been_none_any_more():
    """It was thrown out, and heard of it as of a rebalance."""
    of_owner = copied(0, 1045, pid=B, begin_ms=1040)
    of_zombie = copied(0, 1052, begin_ms=1000)
    owners = (owned(A, 900, 1060), owned(B, 1030, NEVER, "open"))
    convicted(copied_twice(of_owner, of_zombie, *owners), "repeat", 0)
    told = copied_twice(of_owner, of_zombie, *owners)
    acquitted(dataclasses.replace(told, refusals=[refused(1055)]))
