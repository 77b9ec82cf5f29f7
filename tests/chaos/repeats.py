# SPDX-License-Identifier: Apache-2.0
"""Messages whose effect came twice, and whether at_least_once allows it.

An effect is a call that succeeded, or a copy that was written. It may come again only where its
first author lost the partition without a clean end, and only what no commit could have covered by
then: the message itself, or one in front of it, had not been finished for longer than a commit
takes (`Evidence.window_ms`). After a clean revocation that is no time at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from evidence import NEVER, Evidence, Period, Place


class Effect(NamedTuple):
    at_ms: float
    pid: int  # who did it; 0: not known
    candidates: tuple[int, ...] = ()  # of a copy: all who had made that attempt by then


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
    tries = e.tries_of.get(place, ())
    for one in tries:
        if one.ok:
            found[one.attempt if by_attempt else 1].append(Effect(one.end_ms, one.pid))
    for copy in e.copies_of.get(place, ()):
        authors = [
            t.pid
            for t in tries
            if not t.ok and t.attempt == copy.attempts and t.end_ms <= copy.written_ms + 1
        ]
        rank = copy.attempts if by_attempt else 1
        found[rank].append(Effect(copy.written_ms, authors[-1] if authors else 0, tuple(authors)))
    return {rank: sorted(of_rank) for rank, of_rank in found.items()}


def judge_repeat(e: Evidence, place: Place, rank: int, first: Effect, second: Effect) -> str:
    """Why the second effect may not be; empty where it may."""
    copies = (c.at for c in e.copies_of.get(place, ()) if not c.is_dead and c.attempts == rank - 1)
    read_at = [place] if rank == 1 else list(copies)
    faults = [judge_reading(e, where, first, second) for where in read_at]
    return "" if "" in faults else (faults or ["it came again, and nobody knows from where"])[0]


def judge_reading(e: Evidence, place: Place, first: Effect, second: Effect) -> str:
    """The same, of a message that was read again at this place."""
    for pid in second.candidates or (second.pid,):
        zombie = e.period_at(pid, place.topic, place.partition, second.at_ms)
        if zombie is not None and zombie.how == "lost":
            return ""  # it was not the owner any more, and had not been told
    period = e.period_at(first.pid, place.topic, place.partition, first.at_ms)
    if period is None:
        return f"{first.pid} had it first, and was never its owner"
    clean = period.how == "revoked" and not commits_failed(e, period)
    if e.window_ms is None and not clean:
        return ""
    ended_ms = min(period.end_ms, period.frozen_ms)
    if clean or period.how == "open":
        limit, had = period.end_ms, f"{period.host} gave it up cleanly after it was finished"
    else:
        # The brokers may have dropped a host long before it heard of it.
        dropped = period.how == "lost" and period.frozen_ms == NEVER
        if dropped or commits_failed(e, period):
            return ""
        limit = ended_ms - e.window_ms
        had = f"{period.host} had {e.window_ms:.0f} ms to commit it before it was {period.how}"
    # What stands behind an unfinished message cannot be committed, however an ownership ends.
    return "" if prefix_finished_ms(e, place, period, ended_ms) > limit else had


def commits_failed(e: Evidence, period: Period) -> bool:
    return any(
        r.pid == period.pid and period.begin_ms <= r.at_ms <= period.end_ms + 1
        for r in e.refusals
    )


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
