# SPDX-License-Identifier: Apache-2.0
"""What can happen to hosts: killed, frozen, stopped, restarted in turn, coming and going."""

from __future__ import annotations

import random
from dataclasses import dataclass

from fleet import Member
from stage import Between, Stage, Story, dice_of


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
class StallHandlers:
    """Every handler call waits, so that bounds are reached and partitions paused; then all go on."""

    every: Between = Between(0.5, 2.0)
    stalled: Between = Between(1.5, 4.0)

    def of(self, stage: Stage, seed: int) -> list[Story]:
        return [self._story(stage, dice_of(seed, "stall"))]

    def _story(self, stage: Stage, dice: random.Random) -> Story:
        while True:
            yield self.every.draw(dice)
            if stage.over():
                return
            stage.gate.touch()
            stage.note("handlers stalled", "everywhere")
            yield self.stalled.draw(dice)
            stage.gate.unlink()


def stop(member: Member) -> Story:
    member.ask_to_stop()
    yield lambda: not member.up()
    member.stopped()
