# SPDX-License-Identifier: Apache-2.0
"""A real Apache Kafka (KRaft) on loopback, in a folder of its own: one node, or several.

Used by the e2e floor (one cluster per test run), by the chaos floor (three nodes), by the
benchmarks, and by people as a command:

    python tests/e2e/kafka_cluster.py start|stop|status [--dir DIR] [--port PORT]

It needs only Java and the jars that `./dev setup` puts into .deps/kafka-<version>/. A cluster that
tests started dies with them, however they end (PR_SET_PDEATHSIG); the one of the command stays
until `stop`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from kafka_node import TEST_JVM, KafkaNode
from kafka_process import ROOT, KafkaUnavailable, answers, end_process_group
from ports import LOOPBACK

DEFAULT_DIRECTORY = ROOT / ".deps" / "kafka-run"
DEFAULT_PORT = 9092
REPLICATED = (
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
IN_SYNC = (
    "min.insync.replicas",
    "transaction.state.log.min.isr",
    "share.coordinator.state.topic.min.isr",
)

# Properties of a cluster that has ACLs: what none forbids is allowed.
AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}


class KafkaCluster:
    """Everything is replicated to all nodes, and all but one of them must have a message before it
    is acknowledged, so that one may be away. Each node's faults: KafkaNode."""

    def __init__(
        self,
        directory: Path,
        port: int = 0,
        jvm: tuple[str, ...] = TEST_JVM,
        nodes: int = 1,
        behind: dict[str, tuple[int, int]] | list[dict[str, tuple[int, int]]] | None = None,
        properties: dict[str, str] | None = None,
        version: str = "*",
        format_with: tuple[str, ...] = (),
    ) -> None:
        """port: of the first node. behind: listeners behind a proxy (KafkaNode), of the only node or
        of each one. properties: of all nodes, over ours. version, format_with: KafkaNode."""
        self.directory = Path(directory)
        proxied = behind if isinstance(behind, list) else [behind] * nodes
        self.nodes = [
            KafkaNode(
                self.directory if nodes == 1 else self.directory / f"node-{i + 1}",
                i + 1,
                port if i == 0 else 0,
                jvm,
                proxied[i],
                version,
                format_with,
            )
            for i in range(nodes)
        ]
        self._properties = {name: str(nodes) for name in REPLICATED}
        self._properties |= {name: str(max(1, nodes - 1)) for name in IN_SYNC}
        self._properties |= properties or {}

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """Of the first node."""
        return self.nodes[0].process

    def start(self, detached: bool = False) -> None:
        """Formats new data folders, starts the nodes, returns when all answer clients."""
        voters = ",".join(node.voter for node in self.nodes)
        first, *others = self.nodes
        first.prepare(voters, self._properties)
        for node in others:
            node.prepare(voters, self._properties, formatted=first)
        for node in self.nodes:
            node.start(detached)
        for node in self.nodes:
            node.wait_until_it_answers(len(self.nodes))

    def stop(self) -> None:
        if len(self.nodes) > 1:  # the last ones would wait for a quorum before they end
            for node in self.nodes:
                node.kill()
        for node in self.nodes:
            node.stop()

    def remove_data(self) -> None:
        for node in self.nodes:
            shutil.rmtree(node.directory / "data", ignore_errors=True)


def is_our_kafka(pid: int, directory: Path) -> bool:
    """Whether pid is the node of this folder, not a stranger that got its number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(directory / "server.properties").encode() in command


def read_pid(directory: Path) -> tuple[int, int] | None:
    try:
        pid, port = (directory / "kafka.pid").read_text().split()
    except (OSError, ValueError):
        return None
    return (int(pid), int(port)) if is_our_kafka(int(pid), directory) else None


def command_start(directory: Path, port: int) -> int:
    running = read_pid(directory)
    if running is not None:
        print(f"Kafka runs already: {LOOPBACK}:{running[1]} (process {running[0]})")
        return 0
    cluster = KafkaCluster(directory, port, jvm=("-Xmx1g",))
    try:
        cluster.start(detached=True)
    except KafkaUnavailable as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(
        f"Kafka answers on {cluster.bootstrap} (process {cluster.process.pid}, data in {directory})"
    )
    return 0


def command_stop(directory: Path) -> int:
    running = read_pid(directory)
    if running is None:
        print(f"no Kafka of {directory} is running")
        return 0
    end_process_group(running[0], lambda: not is_our_kafka(running[0], directory))
    (directory / "kafka.pid").unlink(missing_ok=True)
    print(f"Kafka stopped; its data stays in {directory}")
    return 0


def command_status(directory: Path) -> int:
    running = read_pid(directory)
    if running is None:
        print(f"no Kafka of {directory} is running")
        return 1
    state = "answers" if answers(running[1]) else "does not answer"
    print(f"Kafka {state} on {LOOPBACK}:{running[1]} (process {running[0]})")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="A local Apache Kafka node to try things on.")
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument(
        "--dir", type=Path, default=DEFAULT_DIRECTORY, help="its folder (%(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="its port (%(default)s); 0: any"
    )
    options = parser.parse_args()
    directory = options.dir.resolve()
    if options.command == "start":
        return command_start(directory, options.port)
    return command_stop(directory) if options.command == "stop" else command_status(directory)


if __name__ == "__main__":
    sys.exit(main())
