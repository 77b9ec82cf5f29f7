# SPDX-License-Identifier: Apache-2.0
"""What can happen to brokers, and to the network between hosts and brokers."""

from __future__ import annotations

import random
from dataclasses import dataclass

from kafka_node import KafkaNode
from kafka_proxy import KafkaProxy
from stage import Between, Stage, Story, dice_of


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
