# SPDX-License-Identifier: Apache-2.0
"""What the tests of this floor get: one cluster of three brokers for all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "e2e")]

from chaos_cluster import ChaosCluster  # noqa: E402
from host import build_folder  # noqa: E402
from kafka_process import KafkaUnavailable  # noqa: E402
from kafka_view import View  # noqa: E402
from scenarios import Scenario  # noqa: E402
from trial import Result, Trial  # noqa: E402

did_not_run = pytest.StashKey[str]()


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    for needed in ("bin/tidegate", "bin/tidegate_broken", "plugins/ledger.so"):
        if not (build_folder() / needed).exists():
            reason = f"no {build_folder() / needed}: build product and tidegate_broken"
            pytest.exit(reason, returncode=4)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    reason = config.stash.get(did_not_run, None)
    if reason is not None:
        terminalreporter.write_line(f"CHAOS DID NOT RUN: {reason}", red=True, bold=True)


@pytest.fixture(scope="session")
def cluster(request, tmp_path_factory) -> Iterator[ChaosCluster]:
    cluster = ChaosCluster(tmp_path_factory.mktemp("kafka"))
    try:
        cluster.start()
    except KafkaUnavailable as problem:
        request.config.stash[did_not_run] = str(problem)
        if os.environ.get("CI") == "true":
            pytest.fail(f"Kafka could not be started: {problem}", pytrace=False)
        pytest.skip(f"Kafka could not be started: {problem}")
    yield cluster
    cluster.end()


@pytest.fixture(scope="session")
def try_hosts(cluster, tmp_path_factory) -> Callable[..., Result]:
    """try_hosts(scenario, seed, seconds): one run, judged. Several threads may do that at once, but
    who starts brokers must be the main one: they die with the thread that started them."""

    def run(scenario: Scenario, seed: int, seconds: float, **hosts) -> Result:
        view = View(cluster.bootstrap)
        folder = tmp_path_factory.mktemp(scenario.name)
        try:
            return Trial(folder, cluster, view, scenario, seed, **hosts).run(seconds)
        finally:
            view.close()

    return run
