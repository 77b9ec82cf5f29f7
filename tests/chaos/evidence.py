# SPDX-License-Identifier: Apache-2.0
"""What the judge is given of one group in one run: values, and no file, process or broker.

Times are milliseconds of the machine's wall clock. Brokers give theirs in whole ones, so what they
say happened at T happened before T + 1.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

NEVER = math.inf


class Place(NamedTuple):
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Input(NamedTuple):
    """A message of the source, as the log has it."""

    key: bytes | None
    value: bytes | None


class Try(NamedTuple):
    """One handler call. Whatever topic it was read from, it carries its origin."""

    origin: Place
    attempt: int
    begin_ms: float
    end_ms: float
    pid: int
    answer: str
    key: bytes | None
    value: bytes | None

    @property
    def ok(self) -> bool:
        return self.answer == "ok"


class Copy(NamedTuple):
    """A failed message in a retry topic or in the dead letter."""

    at: Place
    origin: Place
    attempts: int  # made when it was written
    written_ms: float
    is_dead: bool
    value: bytes | None
    pid: int  # whose attempt failed, by the reason on the copy
    begin_ms: float  # of that attempt


class Commit(NamedTuple):
    """From the brokers' own log of positions, in its order."""

    at_ms: float
    topic: str
    partition: int
    position: int


class Period(NamedTuple):
    """One ownership of one partition by one host, as its log tells."""

    host: str
    pid: int
    consumer: int
    topic: str
    partition: int
    begin_ms: float
    end_ms: float
    how: str  # revoked | lost | killed | open; `revoked` is the only clean end
    frozen_ms: float = NEVER  # when it was stopped by SIGSTOP last, if it was


class Refusal(NamedTuple):
    """A broken promise of the cluster's, or of the host's own telling: it explains repeats."""

    pid: int
    at_ms: float
    event: str  # commit_failed | last_commit_failed | drain_timeout
    consumer: int
    unfinished: Place | None = None  # drain_timeout: the lowest that is left to the next owner


@dataclass
class Evidence:
    group: str
    source: str
    delivery: str = "at_least_once"
    retry: str = "topic"  # topic | in_place | none
    ordering: str = "partition"  # partition | key | none
    # How long a finished message may wait for the commit that covers it; a kill repeats no more.
    # None: commits were impeded (brokers away), so any unclean end explains any repeat.
    window_ms: float | None = 2_000.0
    inputs: dict[Place, Input] = field(default_factory=dict)  # read back from the source
    # Acknowledged to the producer, with the value it was acknowledged for.
    acknowledged: dict[Place, bytes] = field(default_factory=dict)
    tries: list[Try] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    outputs: list[Place] = field(default_factory=list)  # exactly_once: origins, read_committed
    commits: list[Commit] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)  # at the end
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    caught_up_ms: float | None = 0.0  # after the last fault; None: not within the deadline
    deadline_ms: float = 30_000.0

    # Indices

    @cached_property
    def tries_of(self) -> dict[Place, list[Try]]:
        found = defaultdict(list)
        for one in sorted(self.tries, key=lambda t: t.end_ms):
            found[one.origin].append(one)
        return found

    @cached_property
    def copies_of(self) -> dict[Place, list[Copy]]:
        found = defaultdict(list)
        for one in sorted(self.copies, key=lambda c: c.written_ms):
            found[one.origin].append(one)
        return found

    @cached_property
    def offsets(self) -> dict[tuple[str, int], list[int]]:
        """The offsets that hold a message, of source and retry topics."""
        found = defaultdict(list)
        for place in [*self.inputs, *(copy.at for copy in self.copies if not copy.is_dead)]:
            found[place.topic, place.partition].append(place.offset)
        return {where: sorted(offsets) for where, offsets in found.items()}

    @cached_property
    def _at(self) -> dict[Place, Copy]:
        return {copy.at: copy for copy in self.copies}

    @cached_property
    def commits_of(self) -> dict[tuple[str, int], list[Commit]]:
        found = defaultdict(list)
        for one in self.commits:
            found[one.topic, one.partition].append(one)
        return found

    @cached_property
    def periods_of(self) -> dict[tuple[int, str, int], list[Period]]:
        """By process and partition, in order of their beginning."""
        found = defaultdict(list)
        for one in sorted(self.periods, key=lambda p: p.begin_ms):
            found[one.pid, one.topic, one.partition].append(one)
        return found

    # Questions

    def period_at(self, pid: int, topic: str, partition: int, at_ms: float) -> Period | None:
        """The ownership under which this process did something at this time: the last one that had
        begun."""
        periods = self.periods_of.get((pid, topic, partition), [])
        index = bisect_right(periods, at_ms, key=lambda p: p.begin_ms)
        return periods[index - 1] if index else None

    def finished_ms(self, place: Place, since_ms: float = -NEVER) -> float:
        """When what lies at this place, of the source or a retry topic, first needed nothing more:
        its handler had succeeded or dropped it, or its copy was written. What was done before
        `since_ms` does not count: an owner that begins in front of it does it again."""
        if (place, since_ms) not in self._finished:
            self._finished[place, since_ms] = self._find_finished_ms(place, since_ms)
        return self._finished[place, since_ms]

    @cached_property
    def _finished(self) -> dict[tuple[Place, float], float]:
        return {}

    def _find_finished_ms(self, place: Place, since_ms: float) -> float:
        copy = self._at.get(place)
        origin, before = (copy.origin, copy.attempts) if copy else (place, 0)
        # What was done before this copy was written was done to another one of the same message.
        since_ms = max(since_ms, copy.written_ms) if copy else since_ms
        handled = (
            t.end_ms
            for t in self.tries_of.get(origin, ())
            if t.attempt > before and t.answer in ("ok", "drop") and t.end_ms >= since_ms
        )
        # A transaction shows copies and positions together, whichever was written first.
        at_once = self.delivery == "exactly_once"
        copied = (
            -NEVER if at_once else c.written_ms
            for c in self.copies_of.get(origin, ())
            if c.attempts > before and c.written_ms >= since_ms
        )
        return min(min(handled, default=NEVER), min(copied, default=NEVER))

    def position_at(self, topic: str, partition: int, at_ms: float) -> int:
        """What was committed by then."""
        commits = self.commits_of.get((topic, partition), [])
        index = bisect_right(commits, at_ms, key=lambda c: c.at_ms)
        return commits[index - 1].position if index else 0

    def final_position(self, topic: str, partition: int) -> int:
        return self.positions.get((topic, partition), 0)
