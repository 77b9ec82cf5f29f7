# SPDX-License-Identifier: Apache-2.0
"""Who drains: the raw loop and Tidegate, each started anew, in a fresh group, at its defaults.

Both report the same two moments (CLOCK_MONOTONIC): the first message received, the last position
committed. CPU is that of the whole process, from its start to its end, for both.
"""
from __future__ import annotations

import dataclasses
import json
import os
import uuid
from pathlib import Path

import processes
from topics import Topic

DRAIN_TIMEOUT_SECONDS = 300
SUMMARY_EVENT = "pipeline_summary"

CONFIGURATION = """\
config_version = 1
[host]
plugin_dir = "{plugins}"
state_dir = "{state}"
[log]
format = "json"
[admin]
listen = "127.0.0.1:0"
[clusters.bench]
bootstrap_servers = ["{bootstrap}"]
[pipelines.bench]
group_id = "{group}"
topics = ["{topic}"]
start_offset = "earliest"
concurrency = {concurrency}
{more}
[pipelines.bench.plugin]
path = "{plugin}.so"
"""


@dataclasses.dataclass
class Drain:
    client: str
    topic: str
    messages: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    load_before: float
    details: dict

    @property
    def messages_per_second(self) -> float:
        return self.messages / self.seconds

    @property
    def cpu_per_million(self) -> float:
        return self.cpu_seconds * 1e6 / self.messages


class Client:
    """name: as in tables. environment: LD_PRELOAD and the like."""

    def __init__(self, name: str, environment: dict | None = None) -> None:
        self.name = name
        self.environment = environment or {}

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        raise NotImplementedError

    def summary(self, finished: processes.Finished) -> dict:
        raise NotImplementedError

    def drain(self, bootstrap: str, topic: Topic, folder: Path) -> Drain:
        folder = folder / self.name.replace(" ", "_").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        load = os.getloadavg()[0]
        done = processes.run(self.command(bootstrap, topic, folder), folder, DRAIN_TIMEOUT_SECONDS,
                             self.environment)
        summary = self.summary(done)
        if summary["consumed"] != topic.messages:
            raise processes.Failed(f"{self.name} consumed {summary['consumed']:,} of "
                                   f"{topic.messages:,} messages of {topic.name}")
        seconds = (summary["last_commit_ns"] - summary["first_message_ns"]) / 1e9
        if seconds <= 0:
            raise processes.Failed(f"{self.name}: impossible times in its summary: {summary}")
        return Drain(self.name, topic.label, topic.messages, seconds, done.cpu_seconds,
                     done.peak_mib, load, summary)


class Raw(Client):
    """The raw librdkafka batch loop, raw_batch.cpp."""

    def __init__(self, name: str, executable: Path, environment: dict | None = None) -> None:
        super().__init__(name, environment)
        self.executable = executable

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        return [self.executable, "--brokers", bootstrap, "--topic", topic.name,
                "--group", f"raw-{uuid.uuid4()}", "--messages", topic.messages]

    def summary(self, finished: processes.Finished) -> dict:
        return json.loads(finished.stdout)


class Tidegate(Client):
    """The host with one pipeline and a plugin that does nothing, all else at its defaults."""

    def __init__(self, name: str, build: Path, plugin: str, concurrency: int, more: str = "",
                 environment: dict | None = None) -> None:
        super().__init__(name, environment)
        self.build = build
        self.plugin = plugin
        self.concurrency = concurrency
        self.more = more

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        configuration = folder / "tidegate.toml"
        configuration.write_text(CONFIGURATION.format(
            plugins=self.build / "plugins", state=folder / "state", bootstrap=bootstrap,
            group=f"tidegate-{uuid.uuid4()}", topic=topic.name, concurrency=self.concurrency,
            plugin=self.plugin, more=self.more))
        return [self.build / "bin" / "tidegate", "run", "-c", configuration,
                "--exit-when-caught-up"]

    def summary(self, finished: processes.Finished) -> dict:
        for line in finished.stderr.splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(entry, dict) and entry.get("event") == SUMMARY_EVENT:
                return entry
        raise processes.Failed(f"{self.name} logged no {SUMMARY_EVENT}")


def w1(build: Path) -> list[Client]:
    return [
        Raw("raw", build / "bin" / "tidegate_bench_raw"),
        Raw("raw system malloc", build / "bin" / "tidegate_bench_raw_system"),
        Tidegate("tidegate handle 1", build, "noop", 1),
        Tidegate("tidegate handle 4", build, "noop", 4),
        Tidegate("tidegate batch 1", build, "noop_batch", 1),
        Tidegate("tidegate batch 4", build, "noop_batch", 4),
    ]
