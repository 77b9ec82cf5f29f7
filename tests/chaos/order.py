# SPDX-License-Identifier: Apache-2.0
"""Order within one ownership of one partition (invariant 6): in a lane calls do not overlap,
offsets do not go back, and with retries in place nobody overtakes a message that still fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from evidence import Evidence, Place, Try


def order(e: Evidence) -> Iterator[tuple[Place, str]]:
    if e.ordering == "none":
        return
    for (host, _, _, _, lane), tries in lanes(e).items():
        tries.sort(key=lambda t: t.begin_ms)
        for before, after in zip(tries, tries[1:]):
            fault = fault_between(e, before, after)
            if fault:
                yield after.origin, f"{host}, lane {lane!r}: {fault} {before.origin}"


def lanes(e: Evidence) -> dict[tuple, list[Try]]:
    """Calls by ownership and lane. What failed into a retry topic has left its lane, and so has a
    message without key where lanes are keys."""
    found: dict[tuple, list[Try]] = defaultdict(list)
    for one in e.tries:
        if one.attempt > 1 and e.retry == "topic":
            continue
        if e.ordering == "key" and one.key is None:
            continue
        topic, partition, _ = one.origin
        period = e.period_at(one.pid, topic, partition, one.begin_ms)
        if period is not None:
            lane = one.key if e.ordering == "key" else partition
            found[period.host, period.begin_ms, topic, partition, lane].append(one)
    return found


def fault_between(e: Evidence, before: Try, after: Try) -> str:
    if after.begin_ms < before.end_ms:
        return "began before the end of"
    if after.origin.offset < before.origin.offset:
        return "was handled behind"
    if after.origin.offset == before.origin.offset:
        again = e.retry == "in_place" and not before.ok
        return "" if again else "was handled again in the same ownership, after"
    left = before.answer in ("ok", "drop") or any(
        copy.attempts >= before.attempt for copy in e.copies_of.get(before.origin, ())
    )
    return "" if left or e.retry != "in_place" else "overtook, while it failed,"
