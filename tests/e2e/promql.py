# SPDX-License-Identifier: Apache-2.0
"""As much of PromQL as our dashboards and alerts use: which series an expression asks for, and what
it is made of. Whether it is valid is Prometheus' judgement, not this file's.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SELECTOR = re.compile(r"\b([a-zA-Z_:][\w:]*)\{([^{}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^()]*)\)")
COMPARISON = re.compile(r"\s*(?:==|!=|>=|<=|>|<)\s*(?:bool\s+)?\d+(?:\.\d+)?")
SET_OPERATION = re.compile(r"\s(?:and|or|unless)\b(?:\s+(?:on|ignoring)\s*\([^()]*\))?")
# What the server gives to every scraped series, and what is in every histogram's buckets.
SERVER_LABELS = {"job", "instance"}


class Selector(NamedTuple):
    metric: str
    matchers: dict[str, tuple[str, str]]  # label to operator and value


def selectors(expression: str) -> list[Selector]:
    return [
        Selector(
            metric, {label: (operator, value) for label, operator, value in MATCHER.findall(inside)}
        )
        for metric, inside in SELECTOR.findall(expression)
    ]


def grouping_labels(expression: str) -> set[str]:
    return {
        label.strip()
        for inside in GROUPING.findall(expression)
        for label in inside.split(",")
        if label.strip()
    }


def operands(expression: str) -> list[str]:
    """The sides of and, or, unless outside of brackets, without comparisons with numbers: what an
    alert looks at, whether or not it fires."""
    parts, depth, begin, position = [], 0, 0, 0
    while position < len(expression):
        character = expression[position]
        depth += (character in "({[") - (character in ")}]")
        found = SET_OPERATION.match(expression, position) if depth == 0 else None
        if found:
            parts.append(expression[begin:position])
            begin = position = found.end()
        else:
            position += 1
    parts.append(expression[begin:])
    return [COMPARISON.sub("", part).strip() for part in parts]


def unknown(expression: str, known: dict[str, set[str]]) -> list[str]:
    """What the expression names that is not among the known metrics and their labels."""
    found = []
    named = selectors(expression)
    labels_of_all: set[str] = set()
    for selector in named:
        if selector.metric not in known:
            found.append(f"metric {selector.metric}")
            continue
        labels = known[selector.metric] | SERVER_LABELS
        labels_of_all |= labels
        found += [
            f"label {label} of {selector.metric}"
            for label in selector.matchers
            if label not in labels
        ]
    found += [
        f"label {label}" for label in grouping_labels(expression) if label not in labels_of_all
    ]
    return found
