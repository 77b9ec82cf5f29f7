# SPDX-License-Identifier: Apache-2.0
"""What a run was and how it was judged: as a table for people, as JSON for what counts runs."""

from __future__ import annotations

import json
from pathlib import Path

from trial import Result

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
    lines = [HEAD, *(row for result in results for row in rows(result))]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)) for line in lines]
    faults = [
        f"{result.scenario}, seed {result.seed}, {result.seconds:.0f} s: "
        + (", ".join(f"{n} x {what}" for what, n in sorted(result.faults.items())) or "no faults")
        for result in results
    ]
    return "\n".join([*(line.rstrip() for line in text), "", *faults])


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
