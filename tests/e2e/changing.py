# SPDX-License-Identifier: Apache-2.0
"""Hosts whose pipelines are changed while they run: edits of their configuration, reloads of it, and a
witness of what may never happen meanwhile."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from control import tidegate
from host import Host, toml
from kafka_view import View
from metrics import Scrape, assert_adds_up

BETWEEN_SCRAPES_SECONDS = 0.02
# The gauges of histograms' sums may go down, where something took less than nothing.
COUNTER_ENDINGS = ("_total", "_count", "_bucket")


def edit(host: Host, change: Callable[[dict], object]) -> None:
    """change: of the whole table of the configuration."""
    table = tomllib.loads(host.config_path.read_text())
    change(table)
    host.config_path.write_text(toml(table))


def edit_pipeline(host: Host, name: str, **keys: object) -> None:
    edit(host, lambda table: table["pipelines"][name].update(keys))


def reload(host: Host) -> dict[str, str]:
    """What became of each pipeline; everything must be as it was asked for."""
    answer = tidegate("reload", "--state-dir", str(host.folder / "state"), "--format", "json")
    assert answer.returncode == 0, f"{answer.stderr}\n{host.log_tail()}"
    return {one["pipeline"]: one["result"] for one in json.loads(answer.stdout)["pipelines"]}


def reload_by_half(host: Host) -> str:
    """The text that says what is not as it was asked for."""
    answer = tidegate("reload", "--state-dir", str(host.folder / "state"))
    assert answer.returncode == 1, answer.stdout
    return answer.stderr


def states(host: Host) -> dict[str, str]:
    return {one["name"]: one["state"] for one in host.status()["pipelines"]}


def wait_runs(host: Host, name: str = "main") -> None:
    host.wait_for(f"{name} runs", lambda: states(host).get(name) == "running")


def member_ids(kafka: View, group: str) -> list[str]:
    return sorted(member["member_id"] for member in kafka.members(group))


def counters(scrape: Scrape, pipeline: str) -> dict[tuple, float]:
    return {
        (name, *sorted(labels.items())): value
        for name, labels, value in scrape.series
        if name.endswith(COUNTER_ENDINGS) and labels.get("pipeline") == pipeline
    }


def assert_none_fell(before: Scrape, after: Scrape, pipelines: tuple[str, ...]) -> None:
    for pipeline in pipelines:
        later = counters(after, pipeline)
        for series, value in counters(before, pipeline).items():
            assert later.get(series, -1) >= value, f"{series} fell from {value} to {later.get(series)}"


@contextmanager
def no_counter_falls(host: Host, *pipelines: str) -> Iterator[None]:
    """Scrapes all the time: no counter of these pipelines falls or is gone, and each picture adds up."""
    over, wrong = threading.Event(), []

    def look() -> None:
        before = host.scrape()
        while not over.wait(BETWEEN_SCRAPES_SECONDS):
            after = host.scrape()
            assert_adds_up(after)
            assert_none_fell(before, after, pipelines)
            before = after

    def watch() -> None:
        try:
            look()
        except Exception as error:  # told on the test's own thread
            wrong.append(error)

    witness = threading.Thread(target=watch)
    witness.start()
    try:
        yield
    finally:
        over.set()
        witness.join()
    assert not wrong, wrong[0]
