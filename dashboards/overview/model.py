# SPDX-License-Identifier: Apache-2.0
"""Panels, rows, and the PromQL that they share.

Every selector carries the variables; ratios leave out what would be a division by zero; a panel
that has nothing to show answers 0, not nothing, where 0 is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOST = 'job=~"$job",instance=~"$instance"'
PIPELINE = HOST + ',pipeline=~"$pipeline"'
_RETRY = r'".+\\.retry\\.\\d+(ms|s|m|h|d)"'  # <group>.retry.<delay> of any group
RETRY_TOPICS = f"topic=~{_RETRY}"
OTHER_TOPICS = f"topic!~{_RETRY}"


@dataclass(frozen=True)
class Panel:
    title: str
    description: str
    unit: str  # a unit id of Grafana's
    targets: dict[str, str]  # legend to expression
    kind: str = "timeseries"  # stat | table | heatmap
    width: int = 8  # of 24
    stacked: bool = False


@dataclass(frozen=True)
class Row:
    title: str
    panels: list[Panel] = field(default_factory=list)


def host(metric: str, matchers: str = "") -> str:
    return f"{metric}{{{HOST}{',' + matchers if matchers else ''}}}"


def of(metric: str, matchers: str = "") -> str:
    """Series of the chosen pipelines."""
    return f"{metric}{{{PIPELINE}{',' + matchers if matchers else ''}}}"


def rate(selector: str) -> str:
    return f"rate({selector}[$__rate_interval])"


def increase(selector: str) -> str:
    return f"increase({selector}[$__rate_interval])"


def sum_by(labels: str, expression: str) -> str:
    return f"sum by ({labels}) ({expression})"


def quantiles(histogram: str) -> dict[str, str]:
    buckets = sum_by("le", rate(of(f"{histogram}_bucket")))
    return {
        f"p{percent}": f"histogram_quantile({percent / 100:g}, {buckets})"
        for percent in (50, 95, 99)
    }


def seconds_since(selector: str) -> str:
    """Age of a Unix time; 0 where the time is 0, which means never."""
    return f"max by (pipeline) ((time() - {selector}) * ({selector} > bool 0))"


def ratio(labels: str, part: str, whole: str) -> str:
    return f"{sum_by(labels, part)} / ({sum_by(labels, whole)} > 0)"
