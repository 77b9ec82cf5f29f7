# SPDX-License-Identifier: Apache-2.0
"""The workloads by name: who drains what, and who is the yardstick. Words: README.md."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import allocators
import outputs
import topics
from clients import Client, Raw, Tidegate


@dataclasses.dataclass(frozen=True)
class Workload:
    what: str
    clients: Callable[[Path], list[Client]]
    topics: Callable[[int], list[topics.Topic]]
    yardsticks: tuple[str, ...]
    messages: int = 2_000_000


def drain(build: Path) -> list[Client]:
    return [
        Raw("raw", build / "bin" / "tidegate_bench_raw"),
        Raw("raw system malloc", build / "bin" / "tidegate_bench_raw_system"),
        Tidegate("tidegate handle 1", build, "noop", 1),
        Tidegate("tidegate handle 4", build, "noop", 4),
        Tidegate("tidegate batch 1", build, "noop_batch", 1),
        Tidegate("tidegate batch 4", build, "noop_batch", 4),
    ]


def isolated(build: Path) -> list[Client]:
    def client(name: str, plugin: str, isolation: str) -> Tidegate:
        return Tidegate(name, build, plugin, 1, more=f'isolation = "{isolation}"')

    return [
        client("thread handle", "noop", "thread"),
        client("thread batch", "noop_batch", "thread"),
        client("process handle", "noop", "process"),
        client("process batch", "noop_batch", "process"),
    ]


def raw_copy(name: str, build: Path, *more: object) -> Raw:
    return Raw(name, build / "bin" / "tidegate_bench_raw_copy", around=outputs.copies(build),
               more=("--to", "OUTPUT", *more))


def copy(name: str, build: Path, concurrency: int, more: str = "") -> Tidegate:
    return Tidegate(name, build, "copy", concurrency, more=more, around=outputs.copies(build),
                    plugin_config='config = { to = "OUTPUT", partition = "keep" }')


def copy_exactly_once(name: str, build: Path, concurrency: int, messages: int) -> Tidegate:
    return copy(name, build, concurrency,
                f'delivery = "exactly_once"\ntransaction.max_messages = {messages}')


def at_least_once(build: Path) -> list[Client]:
    return [
        raw_copy("raw", build),
        copy("tidegate copy 1", build, 1),
        copy("tidegate copy 4", build, 4),
    ]


def exactly_once(build: Path) -> list[Client]:
    return [
        copy("at least once 1", build, 1),
        copy("at least once 4", build, 4),
        copy_exactly_once("by 10000, 1", build, 1, 10_000),
        copy_exactly_once("by 10000, 4", build, 4, 10_000),
        copy_exactly_once("by 1000, 1", build, 1, 1_000),
        raw_copy("raw by 10000", build, "--transaction", 10_000),
        raw_copy("raw by 1000", build, "--transaction", 1_000),
    ]


def failing(name: str, build: Path, share: float) -> Tidegate:
    # The consumer of the retry topics joins a moment after the first one, which hears of it with
    # its next heartbeat: at the default of 3 s all would be handled but the retries.
    more = (f'retry.delays = ["{outputs.RETRY_DELAY}"]\n'
            'consumer."heartbeat.interval.ms" = "100"')
    return Tidegate(name, build, "flaky", 1, more=more,
                    around=outputs.retries(share),
                    plugin_config=f"config = {{ fail_ratio = {share}, failing_attempts = 1 }}")


def failures(build: Path) -> list[Client]:
    return [
        failing("none fails", build, 0.0),
        failing("1 % fails", build, 0.01),
        failing("10 % fails", build, 0.1),
    ]


ALL = {
    "W1": Workload("drain of a backlog", drain, topics.w1, ("raw", "raw system malloc"),
                   messages=10_000_000),
    "isolation": Workload("W1 with handlers in a worker process", isolated, topics.w1,
                          ("thread handle", "thread batch"), messages=10_000_000),
    "W5": Workload("copy from topic to topic, at least once", at_least_once, topics.small,
                   ("raw",)),
    "W6": Workload("the same exactly once, by 10,000 and 1,000 messages a transaction",
                   exactly_once, topics.small,
                   ("at least once 1", "at least once 4", "raw by 10000", "raw by 1000")),
    "W7": Workload("messages that fail once and go through a retry topic", failures, topics.small,
                   ("none fails",)),
    "allocators": Workload("W1 under each malloc", allocators.clients_of, topics.w1,
                           ("raw tcmalloc",), messages=10_000_000),
}
