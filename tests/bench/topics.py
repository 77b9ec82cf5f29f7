# SPDX-License-Identifier: Apache-2.0
"""The topics of the workloads: what is in them, and how they get filled."""
from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import processes

FILL_TIMEOUT_SECONDS = 900


@dataclasses.dataclass(frozen=True)
class Topic:
    label: str
    messages: int
    size: int = 100
    headers: int = 0
    partitions: int = 6
    compression: str = "none"

    @property
    def name(self) -> str:
        """Says all that makes it, so that a kept topic is never taken for another."""
        return (f"bench-{self.messages}x{self.size}b-h{self.headers}-p{self.partitions}"
                f"-{self.compression}")


def w1(messages: int) -> list[Topic]:
    """Drain of a backlog: Kafka's own benchmark set, the same with headers, and larger messages."""
    return [
        Topic("100 bytes", messages),
        Topic("100 bytes, 5 headers", messages, headers=5),
        Topic("1 KiB", max(1, messages // 5), size=1024),
    ]


def small(messages: int) -> list[Topic]:
    """What is copied, and what fails now and then."""
    return [Topic("100 bytes", messages)]


def fill(tool: Path, bootstrap: str, topic: Topic, folder: Path) -> None:
    done = processes.run(
        [tool, "--brokers", bootstrap, "--topic", topic.name, "--messages", topic.messages,
         "--size", topic.size, "--headers", topic.headers, "--partitions", topic.partitions,
         "--compression", topic.compression], folder, FILL_TIMEOUT_SECONDS)
    answer = json.loads(done.stdout)
    rate = topic.messages / max(answer["seconds"], 1e-9) / 1e6
    how = f"filled, {rate:.2f} M messages/s" if answer["filled"] else "was there already"
    print(f"topic {topic.name}: {topic.messages:,} messages, {how}", flush=True)
