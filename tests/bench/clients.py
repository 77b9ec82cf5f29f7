# SPDX-License-Identifier: Apache-2.0
"""Who drains: the raw loop and Tidegate, each started anew, in a fresh group, at its defaults.

Both report the same two moments (CLOCK_MONOTONIC): the first message received, the last position
committed. CPU is that of the whole process, from its start to its end, for both.
What a drain needs beside its topic, and how it is checked afterwards, is its `around`: outputs.py.
"""
from __future__ import annotations

import dataclasses
import json
import os
import uuid
from pathlib import Path

import outputs
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
{plugin_config}
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
    """name: as in tables. environment: LD_PRELOAD and the like.

    group and output are new in each drain; output is the topic to copy to, where there is one."""

    def __init__(self, name: str, environment: dict | None = None, around=outputs.none) -> None:
        self.name = name
        self.environment = environment or {}
        self.around = around
        self.rename()

    def rename(self) -> None:
        run = uuid.uuid4()
        self.group, self.output = f"bench-{run}", f"bench-copies-{run}"

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        raise NotImplementedError

    def summary(self, finished: processes.Finished) -> dict:
        raise NotImplementedError

    def drain(self, bootstrap: str, topic: Topic, folder: Path) -> Drain:
        folder = folder / self.name.replace(" ", "_").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        self.rename()
        with self.around(self, bootstrap, topic) as examine:
            load = os.getloadavg()[0]
            done = processes.run(self.command(bootstrap, topic, folder), folder,
                                 DRAIN_TIMEOUT_SECONDS, self.environment)
            summary = self.summary(done)
            examine(summary)
        seconds = (summary["last_commit_ns"] - summary["first_message_ns"]) / 1e9
        if seconds <= 0:
            raise processes.Failed(f"{self.name}: impossible times in its summary: {summary}")
        return Drain(self.name, topic.label, topic.messages, seconds, done.cpu_seconds,
                     done.peak_mib, load, summary)


class Raw(Client):
    """A raw librdkafka loop. more: further arguments; OUTPUT is replaced by the topic's name."""

    def __init__(self, name: str, executable: Path, environment: dict | None = None,
                 around=outputs.none, more: tuple = ()) -> None:
        super().__init__(name, environment, around)
        self.executable = executable
        self.more = more

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        return [self.executable, "--brokers", bootstrap, "--topic", topic.name,
                "--group", self.group, "--messages", topic.messages,
                *(str(part).replace("OUTPUT", self.output) for part in self.more)]

    def summary(self, finished: processes.Finished) -> dict:
        return json.loads(finished.stdout)


class Tidegate(Client):
    """The host with one pipeline, all at its defaults but for what is said here.

    more: keys of the pipeline. plugin_config: TOML; OUTPUT is replaced by the topic's name."""

    def __init__(self, name: str, build: Path, plugin: str, concurrency: int, more: str = "",
                 environment: dict | None = None, around=outputs.none,
                 plugin_config: str = "") -> None:
        super().__init__(name, environment, around)
        self.build = build
        self.plugin = plugin
        self.concurrency = concurrency
        self.more = more
        self.plugin_config = plugin_config

    def command(self, bootstrap: str, topic: Topic, folder: Path) -> list:
        configuration = folder / "tidegate.toml"
        configuration.write_text(CONFIGURATION.format(
            plugins=self.build / "plugins", state=folder / "state", bootstrap=bootstrap,
            group=self.group, topic=topic.name, concurrency=self.concurrency,
            plugin=self.plugin, more=self.more,
            plugin_config=self.plugin_config.replace("OUTPUT", self.output)))
        return [self.build / "bin" / "tidegate", "run", "-c", configuration,
                "--exit-when-caught-up"]

    def summary(self, finished: processes.Finished) -> dict:
        for line in finished.stderr.splitlines():
            if SUMMARY_EVENT not in line:
                continue
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(entry, dict) and entry.get("event") == SUMMARY_EVENT:
                return entry
        raise processes.Failed(f"{self.name} logged no {SUMMARY_EVENT}")
