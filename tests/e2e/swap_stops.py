# SPDX-License-Identifier: Apache-2.0
"""How long lanes stand still while versions of a plugin are swapped, read from the ledger. A lane is a
partition here. Times are those that handlers took themselves, so nothing of the host is believed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from ledger import Call, lanes


def version_of(call: Call) -> int:
    """The number of the version that made the call (versions.py, `none N`); 0: of the first one."""
    return int(call.instance.partition("/")[2] or 0)


def steps(calls: list[Call]) -> Iterator[tuple[int, Call, Call]]:
    """Each call of a lane and the one behind it, with the lane."""
    for lane, in_lane in lanes(calls, lambda call: call.message.partition).items():
        in_lane.sort(key=lambda call: call.begin_ns)
        for before, after in zip(in_lane, in_lane[1:]):
            yield lane, before, after


def gap_ms(before: Call, after: Call) -> float:
    return (after.begin_ns - before.end_ns) / 1e6


def switches_ms(calls: list[Call]) -> list[float]:
    """From the last call of a version to the first one of the next, of each lane at each swap; the
    longest is the last one. No version may come back."""
    found = []
    for lane, before, after in steps(calls):
        if version_of(before) == version_of(after):
            continue
        assert version_of(before) < version_of(after), f"lane {lane}: {before} before {after}"
        found.append(gap_ms(before, after))
    return sorted(found)


def longest_ms(calls: list[Call], windows: list[tuple[int, int]]) -> list[float]:
    """The longest time between two calls, of each lane in each window; the longest is the last one.
    windows: in order, none within another."""
    begins = [begin for begin, _ in windows]
    longest: dict[tuple[int, int], float] = {}
    for lane, before, after in steps(calls):
        # Those that begin before the gap's end; of these the ones that end after its begin.
        for i in reversed(range(bisect_right(begins, after.begin_ns))):
            if windows[i][1] < before.end_ns:
                break
            longest[lane, i] = max(longest.get((lane, i), 0.0), gap_ms(before, after))
    return sorted(longest.values())


def of_the_slowest(sorted_ms: list[float]) -> str:
    p99 = sorted_ms[int(len(sorted_ms) * 0.99)]
    return f"{p99:.1f} ms (p99), {sorted_ms[-1]:.1f} at most"
