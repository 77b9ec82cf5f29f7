# SPDX-License-Identifier: Apache-2.0
"""Waiting for a named event with a deadline: the only way in which these tests let time pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
DEFAULT_DEADLINE_SECONDS = 60.0
QUESTION_INTERVAL_SECONDS = 0.02


def wait_until(
    event: str,
    happened: Callable[[], T],
    deadline: float = DEFAULT_DEADLINE_SECONDS,
    explain: Callable[[], str] = lambda: "",
) -> T:
    """Asks `happened` until it answers something true, and returns that; `event` is its name."""
    end = time.monotonic() + deadline
    while True:
        answer = happened()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {deadline:g} s: {event}\n{explain()}")
        time.sleep(QUESTION_INTERVAL_SECONDS)
