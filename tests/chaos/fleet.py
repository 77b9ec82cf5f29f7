# SPDX-License-Identifier: Apache-2.0
"""The hosts of a run. A member is a place for one host at a time; each start is a new life of it,
with a log of its own, so that the judge can tell who owned what until when.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from evidence import NEVER, Period, Place, Refusal
from host import EXIT_OK, Host

OWNERSHIP = ("partitions_assigned", "partitions_revoked", "partitions_lost")
REFUSALS = ("commit_failed", "last_commit_failed", "drain_timeout")
TOPIC_OF_LIST = re.compile(r"(\S+)\[([\d,-]+)\]")


def now_ms() -> float:
    return time.time() * 1000


@dataclass
class Life:
    """One process of a host."""

    host: Host
    pid: int
    began_ms: float
    ended_ms: float = NEVER
    died: bool = False  # of SIGKILL
    frozen_ms: list[float] = field(default_factory=list)


class Member:
    def __init__(self, name: str, make: Callable[[str], Host]) -> None:
        self.name = name
        self.lives: list[Life] = []
        self._make = make

    @property
    def life(self) -> Life:
        return self.lives[-1]

    @property
    def host(self) -> Host:
        return self.life.host

    def up(self) -> bool:
        return bool(self.lives) and self.host.running()

    def start(self) -> None:
        host = self._make(f"{self.name}.{len(self.lives)}")
        began = now_ms()
        host.start()
        self.lives.append(Life(host, host.process.pid, began))

    def kill(self) -> None:
        self._must_be_up()
        self.life.died = True
        self.host.kill()
        self.life.ended_ms = now_ms()

    def freeze(self) -> None:
        self._must_be_up()
        self.life.frozen_ms.append(now_ms())
        self.host.freeze()

    def thaw(self) -> None:
        self.host.thaw()

    def ask_to_stop(self) -> None:
        """SIGTERM. It has stopped when it is no longer up(); then call stopped()."""
        self._must_be_up()
        self.host.send(signal.SIGTERM)

    def _must_be_up(self) -> None:
        """A host that ends by itself is a fault of its own."""
        code = self.host.process.poll()
        assert code is None, f"{self.host.name} ended with {code}\n{self.host.log_tail()}"

    def stopped(self) -> None:
        """Notes a clean end, and complains of any other."""
        self.life.ended_ms = now_ms()
        code = self.host.process.returncode
        assert code == EXIT_OK, f"{self.host.name} ended with {code}\n{self.host.log_tail()}"

    def end(self) -> None:
        """However it went."""
        if self.up():
            self.host.kill()

    def has_joined(self, pipeline: str) -> bool:
        return bool(self.host.events("partitions_assigned", pipeline=pipeline))


def parse_list(text: str) -> Iterator[tuple[str, int]]:
    """Partitions as the host's log shows them: `orders.v1[0-3,7]`."""
    for topic, numbers in TOPIC_OF_LIST.findall(text):
        for part in numbers.split(","):
            first, _, last = part.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield topic, number


def time_of(line: dict) -> float:
    return datetime.fromisoformat(line["ts"].replace("Z", "+00:00")).timestamp() * 1000


def periods(life: Life, pipeline: str) -> list[Period]:
    """Who owned what, by the host's own log."""
    found: list[Period] = []
    running: dict[tuple[int, str, int], float] = {}

    def end(consumer: int, where: tuple[str, int], at_ms: float, how: str) -> None:
        began = running.pop((consumer, *where), None)
        if began is not None:
            frozen = max((f for f in life.frozen_ms if began <= f <= at_ms), default=NEVER)
            found.append(
                Period(life.host.name, life.pid, consumer, *where, began, at_ms, how, frozen)
            )

    for line in life.host.log():
        if line["event"] not in OWNERSHIP or line["pipeline"] != pipeline:
            continue
        at_ms = time_of(line)
        for where in parse_list(line["list"]):
            if line["event"] == "partitions_assigned":
                end(line["consumer"], where, at_ms, "revoked")  # given again without a word
                running[line["consumer"], *where] = at_ms
            else:
                # The log has whole milliseconds, rounded down.
                how = line["event"].removeprefix("partitions_")
                end(line["consumer"], where, at_ms + 1, how)
    how = "killed" if life.died else "open"
    for consumer, *where in list(running):
        end(consumer, tuple(where), life.ended_ms, how)
    return found


def refusals(life: Life, pipeline: str) -> list[Refusal]:
    found = []
    for line in life.host.log():
        if line["event"] not in REFUSALS or line.get("pipeline") != pipeline:
            continue
        left = Place(line["topic"], line["partition"], line["offset"]) if "topic" in line else None
        found.append(Refusal(life.pid, time_of(line), line["event"], line["consumer"], left))
    return found
