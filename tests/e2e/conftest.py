# SPDX-License-Identifier: Apache-2.0
"""What e2e tests get: one Kafka for the run, names of their own, hosts that end with the test."""

from __future__ import annotations

import contextlib
import itertools
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host import Host, build_folder
from kafka_cluster import KafkaCluster, KafkaUnavailable
from kafka_view import Message, View, reachable

BACKLOG_MESSAGES = 100_000
BACKLOG_PARTITIONS = 6
# Set where the floor could not run; the summary and ./dev show it.
did_not_run = pytest.StashKey[str]()
figures = pytest.StashKey[list]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        default=os.environ.get("TIDEGATE_FULL") == "1",
        help="every figure at the size of the acceptance test (tests/README.md)",
    )
    parser.addoption(
        "--kafka",
        metavar="HOST:PORT",
        default=None,
        help="use this Kafka instead of starting one (./dev kafka start)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[figures] = []


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    for needed in ("bin/tidegate", "plugins/ledger.so", "plugins/ledger_batch.so"):
        if not (build_folder() / needed).exists():
            reason = f"no {build_folder() / needed}: run ./dev build, or set TIDEGATE_BUILD"
            pytest.exit(reason, returncode=4)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    for line in config.stash[figures]:
        terminalreporter.write_line(f"figure: {line}")
    reason = config.stash.get(did_not_run, None)
    if reason is not None:
        terminalreporter.write_line(f"E2E DID NOT RUN: {reason}", red=True, bold=True)


@pytest.fixture(scope="session")
def kafka(request, tmp_path_factory) -> Iterator[View]:
    """A real Kafka, seen through a client that is not librdkafka."""
    given = request.config.getoption("--kafka")
    if given is not None:
        assert reachable(given), f"no Kafka answers on {given}"
        view = View(given)
        yield view
        view.close()
        return
    with running(request, KafkaCluster(tmp_path_factory.mktemp("kafka"))) as view:
        yield view


@contextlib.contextmanager
def running(request, cluster: KafkaCluster) -> Iterator[View]:
    """A node of the tests' own; where it cannot be started, they are skipped and the run says so."""
    try:
        cluster.start()
    except KafkaUnavailable as problem:
        request.config.stash[did_not_run] = str(problem)
        if os.environ.get("CI") == "true":
            pytest.fail(f"Kafka could not be started: {problem}", pytrace=False)
        pytest.skip(f"Kafka could not be started: {problem}")
    view = View(cluster.bootstrap)
    try:
        yield view
    finally:
        view.close()
        cluster.stop()
        cluster.remove_data()


@pytest.fixture(scope="session")
def backlog(kafka: View) -> list[Message]:
    """100,000 unique messages over 6 partitions, for all tests that only read them."""
    topic = kafka.create_topic(f"backlog-{uuid.uuid4().hex[:8]}", BACKLOG_PARTITIONS)
    return kafka.produce_unique(topic, BACKLOG_PARTITIONS, BACKLOG_MESSAGES)


@pytest.fixture
def unique(request) -> Callable[[str], str]:
    """Makes names that no other test and no other run has."""
    run = uuid.uuid4().hex[:8]
    return lambda word: f"{word}-{run}"


@pytest.fixture
def group(unique) -> str:
    return unique("group")


@pytest.fixture
def make_topic(kafka: View, unique) -> Callable[..., str]:
    numbers = itertools.count(1)
    return lambda partitions=1, **config: kafka.create_topic(
        unique(f"topic{next(numbers)}"), partitions, **config
    )


@pytest.fixture
def bootstrap(kafka: View) -> str:
    """The address that hosts are given."""
    return kafka.bootstrap


@pytest.fixture
def make_host(bootstrap: str, tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """make_host("a", group_id=..., topics=[...]) is a host with one pipeline, `main`, of these
    keys; make_host("a", pipelines={...}) has several. Not started yet. Ends with the test."""
    hosts: list[Host] = []

    def make(
        name: str = "host",
        pipelines: dict[str, dict] | None = None,
        arguments: tuple[str, ...] = (),
        **keys,
    ) -> Host:
        hosts.append(Host(tmp_path, name, bootstrap, pipelines or {"main": keys}, arguments))
        return hosts[-1]

    yield make
    for host in reversed(hosts):
        host.end()


@pytest.fixture
def start_host(make_host) -> Callable[..., Host]:
    return lambda *arguments, **keys: make_host(*arguments, **keys).start()


@pytest.fixture
def full(request) -> bool:
    return request.config.getoption("--full")


@pytest.fixture
def note_figure(request) -> Callable[[str], None]:
    """Shows a measured figure in the summary, pass or fail."""
    return lambda line: request.config.stash[figures].append(line)
