# SPDX-License-Identifier: Apache-2.0
"""Versions of the plugin `ledger`: copies of its library with another version in their identity
note and another habit (plugins/ledger/README.md), put where a host looks for its plugin. Modules whose hosts
run one import the fixtures `plugin` and `start`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from control import pipeline_of
from host import Host, build_folder
from kafka_view import View

FIRST = "0.1.0"
SLOTS = 4
CALL_US = 500
MODES = ("thread", "process")
HABIT = b"ledger-habit:none 0           "


def content(version: str, habit: str = "none 0") -> bytes:
    """The library as this version. The text has as many characters as the first one's."""
    assert len(version) == len(FIRST)
    library = (build_folder() / "plugins" / "ledger.so").read_bytes()
    for before, after in (
        (f"version={FIRST}\n".encode(), f"version={version}\n".encode()),
        (HABIT, f"ledger-habit:{habit}".encode().ljust(len(HABIT))),
    ):
        assert library.count(before) == 1, before
        library = library.replace(before, after)
    return library


class PluginFile:
    """The file that a pipeline's plugin.path names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "deployed.so"

    def deploy(self, version: str, habit: str = "none 0") -> None:
        """As a deployment does it: written beside the old file, then moved over it."""
        written = self.path.with_suffix(".new")
        written.write_bytes(content(version, habit))
        os.chmod(written, 0o644)
        written.rename(self.path)


@pytest.fixture
def plugin(tmp_path: Path) -> PluginFile:
    file = PluginFile(tmp_path)
    file.deploy(FIRST)
    return file


@pytest.fixture
def start(start_host, plugin: PluginFile, group: str) -> Callable[..., Host]:
    """A host whose plugin is the deployed file."""

    def begin(topic: str, isolation: str, ledger: dict | None = None, **more) -> Host:
        return start_host(
            "host",
            group_id=group,
            topics=[topic],
            start_offset="earliest",
            isolation=isolation,
            ledger_plugin=str(plugin.path),
            is_ledger=True,
            ledger={"delay_us": CALL_US, **(ledger or {})},
            **{"concurrency": SLOTS, **more},
        )

    return begin


def reloads(host: Host, result: str) -> float:
    return host.scrape().sum("tidegate_plugin_reloads_total", pipeline="main", result=result)


def plugin_of(host: Host) -> dict:
    return pipeline_of(host)["plugin"]


def wait_finished(host: Host, kafka: View, group: str, topic: str, deadline: float = 120) -> None:
    host.wait_for(
        "all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), deadline
    )
