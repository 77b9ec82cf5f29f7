# SPDX-License-Identifier: Apache-2.0
"""One scrape of /metrics, and the sum that must hold in each of them (DESIGN §2, invariant 5)."""

from __future__ import annotations

import re

LINE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: \d+)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Scrape:
    def __init__(self, text: str) -> None:
        self.text = text
        self.series: list[tuple[str, dict[str, str], float]] = []
        for line in text.splitlines():
            if not line or line.startswith("#"):
                continue
            match = LINE.match(line)
            if match is None:
                raise AssertionError(f"not a line of the Prometheus text format: {line!r}")
            self.series.append(
                (match["name"], dict(LABEL.findall(match["labels"] or "")), float(match["value"]))
            )

    def has(self, name: str, **labels: str) -> bool:
        return any(True for _ in self._matching(name, labels))

    def sum(self, name: str, **labels: str) -> float:
        """Of all series of this name that carry these labels; 0 where there is none."""
        return sum(value for value in self._matching(name, labels))

    def pipelines(self) -> set[str]:
        return {
            labels["pipeline"]
            for name, labels, _ in self.series
            if name == "tidegate_pipeline_state"
        }

    def terms(self, pipeline: str) -> dict[str, float]:
        """Both sides of invariant 5."""
        terms = {
            outcome: self.sum(
                "tidegate_messages_finished_total", pipeline=pipeline, outcome=outcome
            )
            for outcome in ("ok", "retry", "dead_letter", "drop", "lost")
        }
        terms["given_back"] = self.sum("tidegate_messages_given_back_total", pipeline=pipeline)
        terms["in_flight"] = self.sum("tidegate_messages_in_flight", pipeline=pipeline)
        terms["consumed"] = self.sum("tidegate_messages_consumed_total", pipeline=pipeline)
        return terms

    def _matching(self, name: str, labels: dict[str, str]):
        wanted = labels.items()
        return (
            value for found, has, value in self.series if found == name and wanted <= has.items()
        )


def assert_adds_up(scrape: Scrape) -> None:
    for pipeline in scrape.pipelines():
        terms = scrape.terms(pipeline)
        consumed = terms.pop("consumed")
        assert consumed == sum(
            terms.values()
        ), f"pipeline {pipeline}: consumed {consumed:.0f} is not {terms}"
