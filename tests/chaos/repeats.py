# SPDX-License-Identifier: Apache-2.0
"""Messages whose effect came twice, and whether at_least_once allows it.

An effect is a call that succeeded, or a copy that was written. It may come again only where its
first author lost the partition without a clean end, and only what no commit could have covered by
then: the message itself, or one in front of it, had not been finished for longer than a commit
takes (`Evidence.window_ms`). After a clean revocation that is no time at all; one whose last commit
failed is not clean, if the host said so. What an owner's start was committed behind never comes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from evidence import NEVER, Evidence, Period, Place, Refusal


class Effect(NamedTuple):
    at_ms: float
    pid: int  # who did it
    begin_ms: float  # of the call that led to it: a copy may be written long after it


class Repeat(NamedTuple):
    place: Place
    fault: str  # why it may not be; empty: it may


def repeats(e: Evidence) -> Iterator[Repeat]:
    if e.delivery == "exactly_once":
        return  # handlers may run again; what counts is the output
    for place in sorted(e.inputs):
        ranks = effects(e, place)
        for rank, found in sorted(ranks.items()):
            faults = [judge_repeat(e, place, rank, *pair) for pair in zip(found, found[1:])]
            # What its predecessor wrote twice comes twice, whoever reads it.
            inherited = len(ranks.get(rank - 1, ())) - 1 if rank > 1 else 0
            excused = faults.count("") + max(inherited, 0)
            wrong = [fault for fault in faults if fault][: max(len(faults) - excused, 0)]
            yield from (Repeat(place, fault) for fault in wrong)
            yield from (Repeat(place, "") for _ in range(len(faults) - len(wrong)))


def effects(e: Evidence, place: Place) -> dict[int, list[Effect]]:
    """By attempt, in order of time. In place the count begins again with every owner, so there all
    are of one rank."""
    by_attempt = e.retry == "topic"
    found: dict[int, list[Effect]] = defaultdict(list)
    for one in e.tries_of.get(place, ()):
        if one.ok:
            rank = one.attempt if by_attempt else 1
            found[rank].append(Effect(one.end_ms, one.pid, one.begin_ms))
    for copy in e.copies_of.get(place, ()):
        rank = copy.attempts if by_attempt else 1
        found[rank].append(Effect(copy.written_ms, copy.pid, copy.begin_ms))
    return {rank: sorted(of_rank) for rank, of_rank in found.items()}


def judge_repeat(e: Evidence, place: Place, rank: int, first: Effect, second: Effect) -> str:
    """Why the second effect may not be; empty where it may."""
    copies = (c.at for c in e.copies_of.get(place, ()) if not c.is_dead and c.attempts == rank - 1)
    read_at = [place] if rank == 1 else list(copies)
    faults = [judge_reading(e, where, first, second) for where in read_at]
    return "" if "" in faults else (faults or ["it came again, and nobody knows from where"])[0]


def judge_reading(e: Evidence, place: Place, first: Effect, second: Effect) -> str:
    """The same, of a message that was read again at this place."""
    period = owned_by(e, place, first)
    again = owned_by(e, place, second)
    if period is None:
        return f"{first.pid} had it first, and was never its owner"
    if again is None:
        return f"{second.pid} had it again, and was never its owner"
    # A commit counts once it is replicated, however long it was under way.
    if e.window_ms is not None and (
        e.position_at(place.topic, place.partition, again.begin_ms - e.window_ms) > place.offset
    ):
        return f"the position had passed it when {again.host} became its owner"
    # Two at once: the second was not the owner any more, and had not been told. Or it had been frozen
    # while the group gave it the partition, and read that when the group had gone on without it.
    if again.begin_ms < period.end_ms and period != again and not is_clean(e, place, again, second):
        return ""
    clean = is_clean(e, place, period, first)
    if e.window_ms is None and not clean:
        return ""
    ended_ms = min(period.end_ms, period.frozen_ms)
    if clean:
        limit, had = period.end_ms, f"{period.host} gave it up cleanly after it was finished"
    else:
        # The brokers may have dropped a host long before it heard of it.
        dropped = period.how == "lost" and period.frozen_ms == NEVER
        if dropped or said_so(e, place, period, first):
            return ""
        limit = ended_ms - e.window_ms
        had = f"{period.host} had {e.window_ms:.0f} ms to commit it before it was {period.how}"
    # What stands behind an unfinished message cannot be committed, however an ownership ends.
    return "" if prefix_finished_ms(e, place, period, ended_ms) > limit else had


def owned_by(e: Evidence, place: Place, effect: Effect) -> Period | None:
    """The ownership under which the call began that led to it."""
    return e.period_at(effect.pid, place.topic, place.partition, effect.begin_ms)


def is_clean(e: Evidence, place: Place, period: Period, effect: Effect) -> bool:
    return period.how in ("revoked", "open") and not said_so(e, place, period, effect)


def said_so(e: Evidence, place: Place, period: Period, effect: Effect) -> bool:
    """Whether the host has told why this effect was not committed."""
    return any(
        r.pid == period.pid
        and r.consumer == period.consumer
        and effect.at_ms <= r.at_ms + 1 <= period.end_ms + 2
        and explains(r, place, period)
        for r in e.refusals
    )


def explains(refusal: Refusal, place: Place, period: Period) -> bool:
    left = refusal.unfinished
    if left is not None:  # say a copy that is written, and its report has not come
        return left[:2] == place[:2] and left.offset <= place.offset
    # At a revocation there is one more commit, and a line of its own if that fails.
    return period.how != "revoked" or refusal.event == "last_commit_failed"


def prefix_finished_ms(e: Evidence, place: Place, period: Period, ended_ms: float) -> float:
    """When this owner had finished all from the position that was committed at its end up to this
    one: before that no position could cover it."""
    position = e.position_at(place.topic, place.partition, ended_ms)
    offsets = e.offsets[place.topic, place.partition]
    covered = offsets[bisect_left(offsets, position) : bisect_right(offsets, place.offset)]
    finished = (
        e.finished_ms(Place(place.topic, place.partition, offset), period.begin_ms)
        for offset in covered
    )
    return max(finished, default=-NEVER)
