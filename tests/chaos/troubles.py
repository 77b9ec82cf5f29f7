# SPDX-License-Identifier: Apache-2.0
"""What can happen to hosts, brokers and the network between them. A `Trouble` is data of a scenario;
`of` makes a story of it for each of its victims: a generator that yields what it waits for, a number
of seconds or a question that is asked until the answer is yes. All dice come from the run's seed, one
for each story, so that a victim meets the same faults however the others fare.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol

from fleet import Member
from kafka_node import KafkaNode
from kafka_proxy import KafkaProxy
from waiting import DEFAULT_DEADLINE_SECONDS, QUESTION_INTERVAL_SECONDS

Story = Generator[float | Callable[[], object], None, None]


@dataclass
class Stage:
    """Where the stories play."""

    members: list[Member]
    brokers: list[KafkaNode]
    proxies: list[KafkaProxy]
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


@dataclass(frozen=True)
class KillHosts:
    """SIGKILL, each host for itself, at any moment of its life; it comes back a little later."""

    every: Between = Between(1.0, 6.0)
    down: Between = Between(0.0, 0.5)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, m, dice_of(seed, "kill", m.name)) for m in stage.members]

    def _story(self, stage: Stage, member: Member, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            member.kill()
            stage.note("SIGKILL", member.name)
            yield self.down.draw(dice)
            member.start()


@dataclass(frozen=True)
class FreezeHosts:
    """SIGSTOP past the session, so that others take over, then SIGCONT: a zombie. One at a time."""

    every: Between = Between(0.5, 1.5)
    frozen: Between = Between(3.5, 5.0)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "freeze"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            member = dice.choice(stage.members)
            member.freeze()
            stage.note("SIGSTOP", member.name)
            yield self.frozen.draw(dice)
            member.thaw()


@dataclass(frozen=True)
class StopHosts:
    """SIGTERM, each host for itself; it ends well, and comes back."""

    every: Between = Between(1.0, 4.0)
    down: Between = Between(0.0, 0.5)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, m, dice_of(seed, "stop", m.name)) for m in stage.members]

    def _story(self, stage: Stage, member: Member, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            stage.note("SIGTERM", member.name)
            yield from stop(member)
            yield self.down.draw(dice)
            member.start()


@dataclass(frozen=True)
class RollHosts:
    """A rolling restart of two of three: one is stopped, comes back and has joined before the next
    one is stopped."""

    every: Between = Between(0.2, 1.0)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "roll"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            stage.note("rolling restart", "of two")
            for member in dice.sample(stage.members, 2):
                stage.note("SIGTERM", member.name)
                yield from stop(member)
                member.start()
                yield lambda m=member: m.host.events("partitions_assigned")


@dataclass(frozen=True)
class Storm:
    """Members come and go at random, cleanly or not, at most a share of them at once."""

    every: Between = Between(0.1, 0.6)
    largest_share: float = 0.6
    one_in_is_killed: int = 3

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "storm"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                break
            most = int(len(stage.members) * self.largest_share)
            for member in dice.sample(stage.members, dice.randint(1, most)):
                away = [m for m in stage.members if not m.up()]
                if not member.up():
                    member.start()
                    stage.note("join", member.name)
                elif len(away) < most and dice.randrange(self.one_in_is_killed) == 0:
                    member.kill()
                    stage.note("SIGKILL", member.name)
                elif len(away) < most:
                    stage.note("leave", member.name)
                    yield from stop(member)
        for member in stage.members:
            if not member.up():
                member.start()


@dataclass(frozen=True)
class DisturbBrokers:
    """One broker of all at a time is killed, or frozen, and comes back; the next fault waits until
    the cluster is whole again."""

    every: Between = Between(0.5, 2.0)
    away: Between = Between(1.0, 7.0)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "brokers"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            broker, dies = dice.choice(stage.brokers), dice.random() < 0.5
            if dies:
                broker.kill()
            else:
                broker.freeze()
            stage.note("broker killed" if dies else "broker frozen", str(broker.node_id))
            yield self.away.draw(dice)
            if dies:
                broker.start()
            else:
                broker.thaw()
            yield lambda: all(node.answers(len(stage.brokers)) for node in stage.brokers)


@dataclass(frozen=True)
class DisturbNetwork:
    """Between the hosts and one broker, sometimes all of them: cut off, half-open (nothing gets
    through, and nobody is told), late, or slow."""

    every: Between = Between(0.3, 1.5)
    lasts: Between = Between(0.3, 4.0)
    delay_seconds: Between = Between(0.05, 0.6)
    bytes_per_second: Between = Between(5_000, 50_000)
    one_in_is_all: int = 4

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "network"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            fault = dice.choice(("cut off", "half-open", "late", "slow"))
            every_one = dice.randrange(self.one_in_is_all) == 0
            hit = stage.proxies if every_one else [dice.choice(stage.proxies)]
            for proxy in hit:
                self._begin(fault, proxy, dice)
            where = "all" if every_one else str(stage.proxies.index(hit[0]) + 1)
            stage.note(f"network {fault}", where)
            yield self.lasts.draw(dice)
            for proxy in hit:
                heal(proxy)

    def _begin(self, fault: str, proxy: KafkaProxy, dice: random.Random) -> None:
        if fault == "cut off":
            proxy.refuse()
            proxy.cut()
        elif fault == "half-open":
            proxy.stall()
        elif fault == "late":
            proxy.delay_seconds = self.delay_seconds.draw(dice)
        else:
            proxy.bytes_per_second = self.bytes_per_second.draw(dice)


def heal_brokers(brokers: list[KafkaNode]) -> None:
    """However a run ended, the next one finds all of them."""
    for broker in brokers:
        broker.thaw()
        if not broker.running():
            broker.start()


def heal(proxy: KafkaProxy) -> None:
    proxy.welcome()
    proxy.flow()
    proxy.delay_seconds = proxy.bytes_per_second = 0.0


def stop(member: Member) -> Story:
    member.ask_to_stop()
    yield lambda: not member.up()
    member.stopped()


def play(stage: Stage, stories: list[Story]) -> None:
    """Runs all of them to their end, side by side, in this thread."""
    waiting: list[tuple[Story, float, Callable[[], object] | None, float]] = []

    def go_on(story: Story) -> None:
        wanted = next(story, None)
        if wanted is None:
            return
        at = time.monotonic()
        if callable(wanted):
            waiting.append((story, at, wanted, at + DEFAULT_DEADLINE_SECONDS))
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
