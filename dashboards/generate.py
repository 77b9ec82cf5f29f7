#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes grafana/tidegate-overview.json; --check only says whether it is current.

    python3 dashboards/generate.py [--check]

Grafana's JSON repeats itself too much to be written or reviewed by hand. Change overview/, run
this, commit both.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from overview.failing import FAILING
from overview.grafana import annotations, panel_json, variables
from overview.handlers import LATENCY, SATURATION
from overview.messages import FAILURES, LAG, PARTITIONS, THROUGHPUT
from overview.model import Panel, Row
from overview.system import FLEET, KAFKA, PROCESS

ROWS = [FLEET, LAG, THROUGHPUT, FAILURES, FAILING, LATENCY, SATURATION, KAFKA, PROCESS, PARTITIONS]
OUTPUT = Path(__file__).parent / "grafana" / "tidegate-overview.json"
PANEL_HEIGHT = 8
STAT_HEIGHT = 4
GRID_COLUMNS = 24


def lines_of(row: Row) -> list[list[Panel]]:
    """The row's panels, broken where the grid's width is used up."""
    lines: list[list[Panel]] = [[]]
    for panel in row.panels:
        if sum(p.width for p in lines[-1]) + panel.width > GRID_COLUMNS:
            lines.append([])
        lines[-1].append(panel)
    return lines


def panels() -> list[dict]:
    made: list[dict] = []
    y = 0
    for row in ROWS:
        made.append(
            {
                "id": len(made) + 1,
                "type": "row",
                "title": row.title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"x": 0, "y": y, "w": GRID_COLUMNS, "h": 1},
            }
        )
        y += 1
        for line in lines_of(row):
            height = STAT_HEIGHT if all(p.kind == "stat" for p in line) else PANEL_HEIGHT
            x = 0
            for panel in line:
                made.append(panel_json(panel, len(made) + 1, x, y, height))
                x += panel.width
            y += height
    return made


def dashboard() -> dict:
    return {
        "uid": "tidegate-overview",
        "title": "Tidegate / Overview",
        "tags": ["tidegate"],
        "description": (
            "Hosts and pipelines of Tidegate: lag, throughput, failures, latency, saturation."
        ),
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "timepicker": {},
        "timezone": "utc",
        "weekStart": "",
        "links": [],
        "annotations": {"list": annotations()},
        "templating": {"list": variables()},
        "panels": panels(),
    }


def main() -> int:
    text = json.dumps(dashboard(), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        OUTPUT.write_text(text)
        return 0
    if OUTPUT.exists() and OUTPUT.read_text() == text:
        return 0
    print(
        f"{OUTPUT} is not what dashboards/overview/ says: run python3 dashboards/generate.py",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
