# SPDX-License-Identifier: Apache-2.0
"""Edits of a configuration and of the plugin files that it names, as people and deployments make them:
some can be run, most cannot. Each says what the answer to a reload has to hold."""

from __future__ import annotations

import copy
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from host import toml
from versions import content

# Beyond the last byte that the loader maps there are only notes for debuggers.
LEAST_CUT, MOST_CUT = 4_096, 100_000


class Deployed(NamedTuple):
    """What a pipeline runs, or is to run: another one of these is another version."""

    version: str
    delay_us: int


class Desk:
    """The files of a running host, and what it runs by them."""

    def __init__(self, config: Path, plugins: dict[str, Path], runs: dict[str, Deployed]) -> None:
        self.config = config
        self.plugins = plugins
        self.runs = runs
        self.table = tomllib.loads(config.read_text())
        self._number = 0

    def next_version(self) -> str:
        self._number += 1
        return f"{self._number:05d}"

    def any_version(self, chance: random.Random) -> str:
        return f"{chance.randrange(self._number + 1):05d}"

    def put(self, pipeline: str, library: bytes, chance: random.Random) -> None:
        """Over the old file, or into it: a host runs copies of its own."""
        file = self.plugins[pipeline]
        if chance.random() < 0.5:
            file.write_bytes(library)
            return
        beside = file.with_suffix(".new")
        beside.write_bytes(library)
        beside.chmod(0o644)
        beside.rename(file)

    def write(self, table: dict) -> None:
        self.config.write_text(toml(table))

    def as_it_runs(self, chance: random.Random) -> None:
        """Takes every edit back."""
        self.write(self.table)
        for pipeline, runs in self.runs.items():
            self.put(pipeline, content(runs.version), chance)


class Step(NamedTuple):
    words: tuple[str, ...] = ()  # in the answer of what is refused; empty: it is taken
    runs: dict[str, Deployed] = {}  # what other pipelines and versions run then, where it is taken
    changed: frozenset[str] = frozenset()  # pipelines that are made anew


Edit = Callable[[Desk, str, random.Random], Step]


# What is wrong with the configuration


def in_text(change: Callable[[list[str], random.Random], None], *words: str) -> Edit:
    def edit(desk: Desk, pipeline: str, chance: random.Random) -> Step:
        lines = toml(desk.table).split("\n")
        change(lines, chance)
        desk.config.write_text("\n".join(lines))
        return Step(words)

    return edit


def no_toml(lines: list[str], chance: random.Random) -> None:
    garbage = chance.choice(["= 5", "[pipelines.main", 'x = "open', "retries 3", "\x01"])
    lines.insert(chance.randrange(len(lines)), garbage)


def in_table(change: Callable[[dict, random.Random], tuple[str, ...]]) -> Edit:
    """change: of one pipeline's keys; returns the words."""

    def edit(desk: Desk, pipeline: str, chance: random.Random) -> Step:
        table = copy.deepcopy(desk.table)
        words = change(table["pipelines"][pipeline], chance)
        desk.write(table)
        return Step(tuple(word.format(pipeline=pipeline) for word in words))

    return edit


def unknown_key(keys: dict, chance: random.Random) -> tuple[str, ...]:
    key = chance.choice(["topics", "isolation", "concurrency", "start_offset"])
    place = chance.randrange(1, len(key) - 1)
    keys[key[:place] + key[place + 1 :]] = keys.pop(key)
    return (f'did you mean "{key}"?',)


def out_of_range(keys: dict, chance: random.Random) -> tuple[str, ...]:
    key, value = chance.choice([("concurrency", -1), ("consumers", 10**9), ("drain_timeout", "9d")])
    keys[key] = value
    return (f"pipelines.{{pipeline}}.{key}:",)


def wrong_type(keys: dict, chance: random.Random) -> tuple[str, ...]:
    key, value = chance.choice([("topics", 7), ("concurrency", "four"), ("drain_timeout", 30)])
    keys[key] = value
    return (f"pipelines.{{pipeline}}.{key}:",)


def only_a_restart(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    """What the pipelines could take may not be taken either."""
    table = copy.deepcopy(desk.table)
    table["pipelines"][pipeline]["concurrency"] += 1
    place, key, value = chance.choice(
        [("log", "level", "debug"), ("host", "shutdown_timeout", "7s"), ("admin", "listen", "127.0.0.1:1")]
    )
    table[place][key] = value
    desk.write(table)
    return Step((f"{place}.{key}", "only a restart takes them"))


def wrong_pin(keys: dict, chance: random.Random) -> tuple[str, ...]:
    keys["plugin"]["sha256"] = f"{chance.getrandbits(256):064x}"
    return ("pipelines.{pipeline}.plugin.path:", "plugin.sha256 pins")


# What is wrong with the plugin's file


def library(make: Callable[[str, random.Random], bytes], *words: str) -> Edit:
    """The other pipeline's file is a good new version: it may not be taken either."""

    def edit(desk: Desk, pipeline: str, chance: random.Random) -> Step:
        for other in desk.plugins:
            if other != pipeline:
                desk.put(other, content(desk.next_version()), chance)
        desk.put(pipeline, make(desk.next_version(), chance), chance)
        return Step((f"pipelines.{pipeline}.plugin.path:", desk.plugins[pipeline].name, *words))

    return edit


def text(_version: str, chance: random.Random) -> bytes:
    return b"#!/bin/sh\n" + chance.randbytes(chance.randrange(2_000))


def cut_short(version: str, chance: random.Random) -> bytes:
    return content(version)[: chance.randrange(LEAST_CUT, MOST_CUT)]


def for_another_host(version: str, _chance: random.Random) -> bytes:
    return content(version).replace(b"abi=1.", b"abi=2.")


def gone(desk: Desk, pipeline: str, _chance: random.Random) -> Step:
    desk.plugins[pipeline].unlink()
    return Step((f"pipelines.{pipeline}.plugin.path:",))


BROKEN: dict[str, Edit] = {
    "no TOML": in_text(no_toml, "error:", "nothing has changed"),
    "an empty file": in_text(lambda lines, _: lines.clear(), "nothing has changed"),
    "an unknown key": in_table(unknown_key),
    "out of range": in_table(out_of_range),
    "a wrong type": in_table(wrong_type),
    "a key that needs a restart": only_a_restart,
    "a pin of another file": in_table(wrong_pin),
    "a plugin that is text": library(text),
    "a plugin that was cut short": library(cut_short),
    "a plugin of ABI 2": library(for_another_host, "2.0"),
    "a plugin that aborts when loaded": library(
        lambda version, _: content(version, "load-abort 1"), "SIGABRT", "static constructors"
    ),
    "a plugin whose create fails": library(
        lambda version, _: content(version, "pray 5"), "no such habit"
    ),
    "a plugin that is gone": gone,
}


# What can be run


def new_version(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    runs = Deployed(desk.next_version(), desk.runs[pipeline].delay_us)
    desk.put(pipeline, content(runs.version), chance)
    return Step(runs={pipeline: runs})


def new_versions(desk: Desk, _pipeline: str, chance: random.Random) -> Step:
    steps = [new_version(desk, pipeline, chance) for pipeline in desk.plugins]
    return Step(runs={name: runs for step in steps for name, runs in step.runs.items()})


def earlier_version(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    runs = Deployed(desk.any_version(chance), desk.runs[pipeline].delay_us)
    desk.put(pipeline, content(runs.version), chance)
    return Step(runs={pipeline: runs})


def other_configuration(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    runs = Deployed(desk.runs[pipeline].version, chance.randrange(1_000, 2_000))
    desk.table["pipelines"][pipeline]["plugin"]["config"]["delay_us"] = runs.delay_us
    desk.write(desk.table)
    return Step(runs={pipeline: runs})


def nothing(desk: Desk, _pipeline: str, chance: random.Random) -> Step:
    desk.as_it_runs(chance)
    return Step()


def other_keys(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    keys = desk.table["pipelines"][pipeline]
    for change in chance.sample(
        [
            {"concurrency": keys["concurrency"] % 6 + 3},
            {"commit": {"interval": f"{chance.randrange(100, 900)}ms"}},
            {"batch": {"max_messages": chance.randrange(1, 300)}},
            {"max_in_flight_messages": chance.randrange(100, 9_000)},
            {"retry": {"mode": chance.choice(["none", "in_place"]), "max_ahead": chance.randrange(10**6)}},
        ],
        2,
    ):
        keys.update(change)
    desk.write(desk.table)
    return Step(changed=frozenset([pipeline]))


def other_keys_and_version(desk: Desk, pipeline: str, chance: random.Random) -> Step:
    """And the other pipeline's plugin is swapped at the same time."""
    return new_versions(desk, pipeline, chance)._replace(
        changed=other_keys(desk, pipeline, chance).changed
    )


def a_clusters_key(desk: Desk, _pipeline: str, chance: random.Random) -> Step:
    cluster = desk.table["clusters"]["main"].setdefault("librdkafka", {})
    cluster["client.id"] = f"c{desk.next_version()}"
    desk.write(desk.table)
    return Step(changed=frozenset(desk.plugins))


VALID: dict[str, Edit] = {
    "a new version": new_version,
    "new versions of both": new_versions,
    "an earlier version": earlier_version,
    "another plugin.config": other_configuration,
    "other keys of a pipeline": other_keys,
    "other keys and new versions": other_keys_and_version,
    "another key of the cluster": a_clusters_key,
    "the same files, written again": nothing,
}
