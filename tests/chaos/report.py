# SPDX-License-Identifier: Apache-2.0
"""What a run was and how it was judged: as a table for people, as JSON for what counts runs."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from pathlib import Path

from trial import Result

COUNTED = ("messages", "lost", "repeats")
TOTALS_HEAD = ("scenario", "runs", "minutes", *COUNTED, "lag 0 after", "guilty", "faults")
HEAD = ("scenario", "seed", "group", "messages", "lost", "repeats", "lag 0 after", "verdict")


def rows(result: Result) -> list[tuple[str, ...]]:
    found = []
    for group, verdict in result.verdicts.items():
        after = verdict.caught_up_ms
        kinds = ", ".join(f"{count} x {kind}" for kind, count in verdict.kinds().items())
        found.append(
            (
                result.scenario,
                str(result.seed),
                group,
                f"{verdict.messages:,}",
                str(verdict.lost),
                str(verdict.repeats),
                "never" if after is None else f"{after / 1000:.1f} s",
                f"GUILTY: {kinds}" if kinds else "acquitted",
            )
        )
    return found


def table(results: list[Result]) -> str:
    faults = [
        f"{result.scenario}, seed {result.seed}, {result.seconds:.0f} s: {in_words(result.faults)}"
        for result in results
    ]
    lines = [HEAD, *(row for result in results for row in rows(result))]
    return "\n".join([*aligned(lines), "", *faults])


def in_words(faults: dict[str, int]) -> str:
    return ", ".join(f"{n} x {what}" for what, n in sorted(faults.items())) or "no faults"


def aligned(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in lines)
    return [line.rstrip() for line in padded]


def as_json(result: Result) -> dict:
    return {
        "scenario": result.scenario,
        "seed": result.seed,
        "seconds": result.seconds,
        "faults": dict(result.faults),
        "guilty": result.guilty,
        "groups": {
            group: {
                "messages": verdict.messages,
                "lost": verdict.lost,
                "repeats": verdict.repeats,
                "caught_up_ms": verdict.caught_up_ms,
                "findings": [[f.kind, *f.place, f.text] for f in verdict.findings],
            }
            for group, verdict in result.verdicts.items()
        },
    }


def append_json(path: Path, result: Result) -> None:
    """One line for each run, so that a campaign can be stopped at any time."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(as_json(result)) + "\n")


def totals(path: Path) -> str:
    """Of all runs in such a file, by scenario. Messages are counted for each group."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    faults: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, float] = defaultdict(float)
    for line in path.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        sums[run["scenario"]].update(runs=1, seconds=run["seconds"], guilty=int(run["guilty"]))
        faults[run["scenario"]].update(run["faults"])
        for group in run["groups"].values():
            sums[run["scenario"]].update({name: group[name] for name in COUNTED})
            after = group["caught_up_ms"]
            late = math.inf if after is None else after
            slowest[run["scenario"]] = max(slowest[run["scenario"]], late)
    lines = [TOTALS_HEAD]
    for name, sum_ in sums.items():
        lines.append(
            (
                name,
                str(sum_["runs"]),
                f"{sum_['seconds'] / 60:.1f}",
                f"{sum_['messages']:,}",
                str(sum_["lost"]),
                f"{sum_['repeats']:,}",
                f"{slowest[name] / 1000:.1f} s at most",
                str(sum_["guilty"]),
                in_words(faults[name]),
            )
        )
    return "\n".join(aligned(lines))
