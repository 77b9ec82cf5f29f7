# SPDX-License-Identifier: Apache-2.0
"""The judge: what one group's evidence proves against the host. Each rule is a function of the
evidence that yields findings with topic, partition and offset; README.md says them in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from evidence import NEVER, Evidence, Place
from order import order
from repeats import repeats

# Two clocks are compared (the handler's and the brokers' whole milliseconds of the same machine).
SLOP_MS = 3.0
SHOWN_OF_EACH_KIND = 5


class Finding(NamedTuple):
    kind: str
    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.place}: {self.text}"


class Verdict(NamedTuple):
    messages: int
    lost: int
    repeats: int  # handled again, allowed or not
    caught_up_ms: float | None
    findings: list[Finding]

    @property
    def guilty(self) -> bool:
        return bool(self.findings)

    def kinds(self) -> Counter[str]:
        return Counter(finding.kind for finding in self.findings)

    def text(self) -> str:
        """The figures of each kind, and a few of its findings."""
        lines = []
        for kind, count in self.kinds().items():
            lines.append(f"{count} x {kind}")
            few = [f for f in self.findings if f.kind == kind][:SHOWN_OF_EACH_KIND]
            lines += [f"  {finding.place}: {finding.text}" for finding in few]
        return "\n".join(lines)


def lost(e: Evidence) -> Iterator[Finding]:
    """Below the committed position, and neither handled, dropped by its handler, in the dead
    letter, nor waiting in a retry topic."""
    dead = {copy.origin for copy in e.copies if copy.is_dead}
    waiting = {
        c.origin
        for c in e.copies
        if not c.is_dead and c.at.offset >= e.final_position(c.at.topic, c.at.partition)
    }
    for place in sorted(e.inputs):
        to_come = place.offset >= e.final_position(place.topic, place.partition)
        safe = to_come or place in dead or place in waiting
        if not safe and not any(t.answer in ("ok", "drop") for t in e.tries_of.get(place, ())):
            told = f"the position passed it, and nobody has it{seen(e, place)}"
            yield Finding("lost", place, told)


def seen(e: Evidence, place: Place) -> str:
    """What is known of a message, for people."""
    tries = [f"{t.attempt}: {t.answer} by {t.pid}" for t in e.tries_of.get(place, ())]
    copies = [f"{c.attempts}: {c.at}" for c in e.copies_of.get(place, ())]
    return f"; attempts {tries}; copies {copies}"


def acknowledged_is_there(e: Evidence) -> Iterator[Finding]:
    """The brokers' own promise. Without it nothing else means anything."""
    for place, value in e.acknowledged.items():
        if place not in e.inputs:
            yield Finding("lost_by_brokers", place, "acknowledged, and not in the log")
        elif e.inputs[place].value != value:
            yield Finding("lost_by_brokers", place, "the log has another value than was written")


def strangers(e: Evidence) -> Iterator[Finding]:
    """Nobody may see what is not in the source's log (say an aborted message), nor other values."""
    for one in e.tries:
        if one.origin not in e.inputs:
            yield Finding("stranger", one.origin, f"handled by {one.pid}, and not in the log")
        elif one.value != e.inputs[one.origin].value:
            yield Finding("inconsistent", one.origin, f"handled by {one.pid} with another value")
    for copy in e.copies:
        if copy.origin in e.inputs and copy.value != e.inputs[copy.origin].value:
            yield Finding("inconsistent", copy.origin, f"its copy {copy.at} has another value")


def early_commits(e: Evidence) -> Iterator[Finding]:
    """A position that covers a message which finished later, or never."""
    for (topic, partition), commits in e.commits_of.items():
        offsets = iter(e.offsets.get((topic, partition), ()))
        offset = next(offsets, None)
        for commit in commits:
            # What an earlier commit covered was looked at then.
            while offset is not None and offset < commit.position:
                place = Place(topic, partition, offset)
                finished = e.finished_ms(place)
                if finished > commit.at_ms + 1 + SLOP_MS:
                    late = (
                        f"{finished - commit.at_ms:.0f} ms before it was finished"
                        if finished < NEVER
                        else "and it never finished"
                    )
                    yield Finding("early_commit", place, f"position {commit.position} {late}")
                offset = next(offsets, None)


def positions_go_forward(e: Evidence) -> Iterator[Finding]:
    for (topic, partition), commits in e.commits_of.items():
        for before, after in zip(commits, commits[1:]):
            if after.position < before.position:
                place = Place(topic, partition, after.position)
                yield Finding("went_back", place, f"committed after {before.position}")


def commits_have_an_owner(e: Evidence) -> Iterator[Finding]:
    """Nothing is committed for a partition between its clean revocation and its next owner."""
    if e.window_ms is None:
        return  # what was sent before may arrive at a broker that stood still
    for (topic, partition), commits in e.commits_of.items():
        periods = [p for p in e.periods if (p.topic, p.partition) == (topic, partition)]
        if any(p.how not in ("revoked", "open") for p in periods):
            continue  # a request of a host that died may arrive after its death
        for commit in commits:
            inside = any(
                p.begin_ms - SLOP_MS <= commit.at_ms <= p.end_ms + SLOP_MS for p in periods
            )
            if not inside:
                place = Place(topic, partition, commit.position)
                yield Finding("ownerless_commit", place, "committed while nobody owned it")


def handled_while_owned(e: Evidence) -> Iterator[Finding]:
    """No call begins once the host knows that the partition is gone, and with a clean revocation
    none outlasts it, unless the host said so (drain_timeout)."""
    told = {refusal.pid for refusal in e.refusals if refusal.event == "drain_timeout"}
    for one in e.tries:
        if one.attempt > 1 and e.retry == "topic":
            continue  # read from a retry topic, whose partition the call does not show
        topic, partition, _ = one.origin
        period = e.period_at(one.pid, topic, partition, one.begin_ms + SLOP_MS)
        if period is None:
            yield Finding("not_owned", one.origin, f"{one.pid} handled it and was never its owner")
        elif one.begin_ms > period.end_ms + SLOP_MS:
            late = one.begin_ms - period.end_ms
            yield Finding("after_revocation", one.origin, f"{period.host} began {late:.0f} ms late")
        elif (
            period.how == "revoked"
            and one.end_ms > period.end_ms + SLOP_MS
            and one.pid not in told
        ):
            late = one.end_ms - period.end_ms
            yield Finding("outlasted", one.origin, f"{period.host}'s call ended {late:.0f} ms late")


def alive(e: Evidence) -> Iterator[Finding]:
    """Once the faults are over, everything is finished within the deadline."""
    if e.caught_up_ms is not None:
        return
    for (topic, partition), end in sorted(e.ends.items()):
        position = e.final_position(topic, partition)
        if position < end:
            place = Place(topic, partition, position)
            late = f"position {position} of {end} after {e.deadline_ms:.0f} ms"
            yield Finding("stuck", place, late)


def exactly_once(e: Evidence) -> Iterator[Finding]:
    """For a reader of committed messages, each input is in output or dead letter, once."""
    if e.delivery != "exactly_once":
        return
    there = Counter(e.outputs) + Counter(copy.origin for copy in e.copies if copy.is_dead)
    for place in sorted(e.inputs):
        to_come = place.offset >= e.final_position(place.topic, place.partition)
        if there[place] == 0 and not to_come:
            yield Finding("lost", place, "in no committed output and in no dead letter")
        elif there[place] > 1:
            yield Finding("repeat", place, f"{there[place]} times in committed output")


RULES: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (
    acknowledged_is_there,
    lost,
    strangers,
    early_commits,
    positions_go_forward,
    commits_have_an_owner,
    handled_while_owned,
    alive,
    exactly_once,
)


def judge(e: Evidence) -> Verdict:
    findings = [finding for rule in RULES for finding in rule(e)]
    findings += [Finding("order", place, text) for place, text in order(e)]
    again = list(repeats(e))
    findings += [Finding("repeat", one.place, one.fault) for one in again if one.fault]
    return Verdict(
        messages=len(e.inputs),
        lost=sum(finding.kind == "lost" for finding in findings),
        repeats=len(again),
        caught_up_ms=e.caught_up_ms,
        findings=findings,
    )
