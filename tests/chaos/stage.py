# SPDX-License-Identifier: Apache-2.0
"""Where faults happen, and in what order. A `Trouble` is data of a scenario; `of` makes a story of
it for each of its victims: a generator that yields what it waits for, a number of seconds or a
question that is asked until the answer is yes. All dice come from the run's seed, one for each
story, so that a victim meets the same faults however the others fare.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fleet import Member
from kafka_node import KafkaNode
from kafka_proxy import KafkaProxy
from waiting import QUESTION_INTERVAL_SECONDS

# A broker needs seconds of processor to come back, and may have to share it with much else.
FAULT_ENDS_WITHIN_SECONDS = 240.0
Story = Generator[float | Callable[[], object], None, None]


@dataclass
class Stage:
    """Where the stories play."""

    members: list[Member]
    brokers: list[KafkaNode]
    proxies: list[KafkaProxy]
    gate: Path  # while this file exists, handler calls wait
    until: float  # on the monotonic clock: no new fault begins afterwards
    faults: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def over(self) -> bool:
        return time.monotonic() >= self.until

    def note(self, fault: str, victim: str) -> None:
        self.faults[fault] += 1
        self.story.append(f"{time.monotonic() - self.began:8.3f} s  {fault} {victim}")


class Trouble(Protocol):
    def of(self, stage: Stage, seed: int) -> list[Story]: ...


def dice_of(seed: int, *name: object) -> random.Random:
    return random.Random(".".join(map(str, (seed, *name))))


@dataclass(frozen=True)
class Between:
    low: float
    high: float

    def draw(self, dice: random.Random) -> float:
        return dice.uniform(self.low, self.high)


def play(stage: Stage, stories: list[Story]) -> None:
    """Runs all of them to their end, side by side, in this thread."""
    waiting: list[tuple[Story, float, Callable[[], object] | None, float]] = []

    def go_on(story: Story) -> None:
        wanted = next(story, None)
        if wanted is None:
            return
        at = time.monotonic()
        if callable(wanted):
            waiting.append((story, at, wanted, at + FAULT_ENDS_WITHIN_SECONDS))
        else:
            waiting.append((story, at + wanted, None, 0))

    for story in stories:
        go_on(story)
    while waiting:
        now = time.monotonic()
        due = [entry for entry in waiting if entry[1] <= now]
        for entry in due:
            story, _, question, deadline = entry
            if question is not None and not question():
                assert now < deadline, "a fault did not end:\n" + "\n".join(stage.story[-10:])
                continue
            waiting.remove(entry)
            go_on(story)
        time.sleep(QUESTION_INTERVAL_SECONDS)  # between two looks; events and due times decide
