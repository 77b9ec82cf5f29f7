# SPDX-License-Identifier: Apache-2.0
"""One real Apache Kafka node (KRaft, broker and controller in one) on loopback, in its own folder.

Used by the e2e floor (one cluster per test run), by the benchmarks, and by people as a command:

    python tests/e2e/kafka_cluster.py start|stop|status [--dir DIR] [--port PORT]

It needs only Java and the jars that `./dev setup` puts into .deps/kafka-<version>/. A cluster that
tests started dies with them, however they end (PR_SET_PDEATHSIG); the one of the command stays
until `stop`.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

from kafka_process import (
    LOOPBACK,
    ROOT,
    KafkaUnavailable,
    answers,
    die_with_parent,
    end_process_group,
    free_port,
    jars,
    java,
)

DEFAULT_DIRECTORY = ROOT / ".deps" / "kafka-run"
DEFAULT_PORT = 9092
START_DEADLINE_SECONDS = 120
# Short runs: no time for the second compiler, no threads for the collector.
TEST_JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@{host}:{controller_port}
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
# Tests of lost members and dead transactions must not wait for the defaults (45 s, 10 s).
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=3000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
"""


class KafkaCluster:
    def __init__(
        self,
        directory: Path,
        port: int = 0,
        jvm: tuple[str, ...] = TEST_JVM,
        properties: dict[str, str] | None = None,
    ) -> None:
        """properties: over ours."""
        self.directory = Path(directory)
        self.port = port or free_port()
        self.jvm = jvm
        self._properties = properties or {}
        self.log_path = self.directory / "kafka.log"
        self.pid_path = self.directory / "kafka.pid"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def start(self, detached: bool = False) -> None:
        """Formats a new data folder, starts the node, returns when it answers clients."""
        self.directory.mkdir(parents=True, exist_ok=True)
        properties = self._write_properties()
        class_path = f"{jars()}/*"
        if not (self.directory / "data" / "meta.properties").exists():
            # 22 characters of base64; one that begins with "-" would be taken for an option.
            cluster_id = "T" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
            self._format(class_path, cluster_id, properties)
        command = [java(), *self.jvm, "-cp", class_path, "kafka.Kafka", str(properties)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                preexec_fn=None if detached else die_with_parent,
            )
        self.pid_path.write_text(f"{self.process.pid} {self.port}\n")
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Ends the node and what it started; first kindly, then not."""
        process, self.process = self.process, None
        if process is None:
            return
        end_process_group(process.pid, lambda: process.poll() is not None)
        process.wait()
        self.pid_path.unlink(missing_ok=True)

    def remove_data(self) -> None:
        shutil.rmtree(self.directory / "data", ignore_errors=True)

    def _write_properties(self) -> Path:
        path = self.directory / "server.properties"
        path.write_text(
            PROPERTIES.format(
                host=LOOPBACK,
                port=self.port,
                controller_port=free_port(),
                data=self.directory / "data",
            )
            + "".join(f"{name}={value}\n" for name, value in self._properties.items())
        )
        return path

    def _format(self, class_path: str, cluster_id: str, properties: Path) -> None:
        done = subprocess.run(
            [
                java(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                class_path,
                "kafka.tools.StorageTool",
                "format",
                "-t",
                cluster_id,
                "-c",
                str(properties),
            ],
            capture_output=True,
            text=True,
            timeout=START_DEADLINE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise KafkaUnavailable(
                f"formatting Kafka's data folder failed:\n{done.stdout}{done.stderr}"
            )

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not answers(self.port):
            if self.process.poll() is not None:
                raise KafkaUnavailable(
                    f"Kafka ended with {self.process.returncode}; the end of "
                    f"{self.log_path}:\n{self._log_tail()}"
                )
            if time.monotonic() > deadline:
                self.stop()
                raise KafkaUnavailable(
                    f"Kafka did not answer on {self.bootstrap} within "
                    f"{START_DEADLINE_SECONDS} s:\n{self._log_tail()}"
                )
            time.sleep(0.05)  # between two questions; the answer is the event

    def _log_tail(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-20:])


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
