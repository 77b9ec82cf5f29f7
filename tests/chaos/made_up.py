# SPDX-License-Identifier: Apache-2.0
"""Evidence that is made up, for the trials of the judge."""

from __future__ import annotations

import dataclasses

from evidence import NEVER, Commit, Copy, Evidence, Input, Period, Place, Refusal, Try
from oracle import judge

TOPIC, RETRY, DEAD = "t", "g.retry.100ms", "g.dlq"
A, B = 101, 102  # processes of two hosts


def at(offset: int, topic: str = TOPIC) -> Place:
    return Place(topic, 0, offset)


def value(offset: int) -> bytes:
    return b"run.0.%d" % offset


def handled(offset: int, end_ms: float, pid: int = A, attempt: int = 1, answer: str = "ok", **more):
    call = Try(at(offset), attempt, end_ms - 1, end_ms, pid, answer, b"k", value(offset))
    return call._replace(**more)


def copied(
    offset: int, ms: float, attempts: int = 1, topic: str = RETRY, place: int = 0, **more
) -> Copy:
    """Of an attempt of host A that failed at once."""
    where = at(place, topic)
    return Copy(where, at(offset), attempts, ms, topic == DEAD, value(offset), A, ms - 1)._replace(
        **more
    )


def commit(position: int, ms: float, topic: str = TOPIC) -> Commit:
    return Commit(ms, topic, 0, position)


def refused(ms: float, event: str = "last_commit_failed", pid: int = A, **more) -> Refusal:
    return Refusal(pid, ms, event, 0)._replace(**more)


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


def convicted(evidence: Evidence, kind: str, offset: int, topic: str = TOPIC) -> None:
    verdict = judge(evidence)
    found = {(finding.kind, finding.place) for finding in verdict.findings}
    assert (kind, at(offset, topic)) in found, verdict.text()


def acquitted(evidence: Evidence) -> None:
    verdict = judge(evidence)
    assert not verdict.guilty, verdict.text()
