# SPDX-License-Identifier: Apache-2.0
"""What e2e tests get: one Kafka for the run, names of their own, hosts that end with the test.

Tests run in several processes (pytest-xdist, `-n`), which share the Kafka that the first one starts.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from host import Host, build_folder
from kafka_cluster import KafkaCluster, KafkaUnavailable
from kafka_view import Message, View, reachable
from secure_kafka import SecureKafka

BACKLOG_MESSAGES = 100_000
BACKLOG_PARTITIONS = 6
kafka_address = pytest.StashKey[str]()
# Set where the floor could not run; the summary and ./dev show it.
did_not_run = pytest.StashKey[str]()
FIGURE = "figure"


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


def in_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist starts its workers
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly or in_worker(config):
        return
    for needed in ("bin/tidegate", "plugins/ledger.so", "plugins/ledger_batch.so"):
        if not (build_folder() / needed).exists():
            reason = f"no {build_folder() / needed}: run ./dev build, or set TIDEGATE_BUILD"
            pytest.exit(reason, returncode=4)
    config.stash[did_not_run] = config.stash[kafka_address] = ""
    given = config.getoption("--kafka")
    if given is not None:
        assert reachable(given), f"no Kafka answers on {given}"
        config.stash[kafka_address] = given
        return
    try:
        config.stash[kafka_address] = start_kafka(config)
    except KafkaUnavailable as problem:
        config.stash[did_not_run] = str(problem)


def start_kafka(config: pytest.Config) -> str:
    """A Kafka that ends with this process; its address."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-kafka-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    cluster = KafkaCluster(folder)
    config.add_cleanup(cluster.stop)
    cluster.start()
    return cluster.bootstrap


class Workers:
    """What pytest-xdist asks of the process that starts the workers."""

    def pytest_configure_node(self, node) -> None:
        for key in (kafka_address, did_not_run):
            node.workerinput[WORKER_INPUT[key]] = node.config.stash[key]


WORKER_INPUT = {kafka_address: "tidegate_kafka", did_not_run: "tidegate_did_not_run"}


def pytest_configure(config: pytest.Config) -> None:
    if in_worker(config):
        for key, name in WORKER_INPUT.items():
            config.stash[key] = config.workerinput[name]
    elif config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(Workers())


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for report in reports:
        for name, line in report.user_properties:
            if name == FIGURE:
                terminalreporter.write_line(f"figure: {line}")
    reason = config.stash.get(did_not_run, "")
    if reason:
        terminalreporter.write_line(f"E2E DID NOT RUN: {reason}", red=True, bold=True)


@pytest.fixture(scope="session")
def kafka(request) -> Iterator[View]:
    """A real Kafka, seen through a client that is not librdkafka."""
    reason = request.config.stash[did_not_run]
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"Kafka could not be started: {reason}", pytrace=False)
    if reason:
        pytest.skip(f"Kafka could not be started: {reason}")
    view = View(request.config.stash[kafka_address])
    yield view
    view.close()


@contextlib.contextmanager
def running(cluster: KafkaCluster) -> Iterator[View]:
    """A node of a test's own. REQUIRES: the test has the `kafka` fixture too, which says so where no
    node can be started."""
    cluster.start()
    view = View(cluster.bootstrap)
    try:
        yield view
    finally:
        view.close()
        cluster.stop()
        cluster.remove_data()


@pytest.fixture(scope="session")
def secure(request, tmp_path_factory) -> SecureKafka:
    """A Kafka with TLS, passwords and ACLs, for tests whose `kafka` it is (test_security.py)."""
    made = SecureKafka(tmp_path_factory.mktemp("secure"))
    request.addfinalizer(made.cluster.remove_data)
    request.addfinalizer(made.cluster.stop)
    made.cluster.start()
    return made


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
def client() -> dict[str, str]:
    """librdkafka's properties that hosts are given for their cluster."""
    return {}


@pytest.fixture
def make_host(
    bootstrap: str, client: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., Host]]:
    """make_host("a", group_id=..., topics=[...]) is a host with one pipeline, `main`, of these
    keys; make_host("a", pipelines={...}) has several. Not started yet. Ends with the test."""
    hosts: list[Host] = []

    def make(
        name: str = "host",
        pipelines: dict[str, dict] | None = None,
        arguments: tuple[str, ...] = (),
        client: dict[str, str] = client,
        **keys,
    ) -> Host:
        several = pipelines or {"main": keys}
        hosts.append(Host(tmp_path, name, bootstrap, several, arguments, client=client))
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
    return lambda line: request.node.user_properties.append((FIGURE, line))
