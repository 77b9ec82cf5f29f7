# SPDX-License-Identifier: Apache-2.0
"""One process of Apache Kafka (KRaft, broker and controller in one) on loopback, in its own folder:
started, killed, frozen, and started again on the same ports and data. Clusters: kafka_cluster.py.
"""

from __future__ import annotations

import base64
import signal
import subprocess
import time
import uuid
from pathlib import Path

from kafka_process import (
    KafkaUnavailable,
    answers,
    die_with_parent,
    end_process_group,
    jars,
    java,
)
from ports import LOOPBACK, free_port

START_DEADLINE_SECONDS = 120
# Short runs: no time for the second compiler, no threads for the collector.
TEST_JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
META = "meta.properties"
# What the tool has written in this process, by version and arguments; node and cluster stand in META.
_FORMATS: dict[tuple[str, ...], dict[str, bytes]] = {}

PROPERTIES = """\
process.roles=broker,controller
node.id={node_id}
listeners={listeners}
advertised.listeners={advertised}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map={protocols}
controller.quorum.voters={voters}
log.dirs={data}
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# Tests of lost members and dead transactions must not wait for the defaults (45 s, 10 s).
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=3000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=500
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
"""


class KafkaNode:
    """behind: more listeners by name, each with the port where the node listens and the one that it
    tells its clients, that of a proxy. version: of Kafka, the newest by default. format_with: more
    arguments for the tool that formats its data folder."""

    def __init__(
        self,
        directory: Path,
        node_id: int = 1,
        port: int = 0,
        jvm: tuple[str, ...] = TEST_JVM,
        behind: dict[str, tuple[int, int]] | None = None,
        version: str = "*",
        format_with: tuple[str, ...] = (),
    ) -> None:
        self.directory = Path(directory)
        self.node_id = node_id
        self.port = port or free_port()
        self.controller_port = free_port()
        self.jvm = jvm
        self.behind = behind or {}
        self._version = version
        self._format_with = format_with
        self.log_path = self.directory / "kafka.log"
        self.pid_path = self.directory / "kafka.pid"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def voter(self) -> str:
        return f"{self.node_id}@{LOOPBACK}:{self.controller_port}"

    def prepare(
        self, voters: str, properties: dict[str, str], formatted: KafkaNode | None = None
    ) -> None:
        """Writes its properties; formats its data folder where there is none yet, like that of
        another node of its cluster or else for a new cluster."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._write_properties(voters, properties)
        if (self._data / META).exists():
            return
        if formatted is None:
            self._format(cluster_id=new_id())
        else:
            self._write_format(files_in(formatted._data))

    def start(self, detached: bool = False) -> None:
        """REQUIRES: prepared, not running. Does not wait until it answers."""
        command = [java(), *self.jvm, "-cp", f"{jars(self._version)}/*", "kafka.Kafka"]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self._properties_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                preexec_fn=None if detached else die_with_parent,
            )
        self.pid_path.write_text(f"{self.process.pid} {self.port}\n")

    def wait_until_it_answers(self, brokers: int = 1) -> None:
        """And knows so many brokers."""
        deadline = time.monotonic() + START_DEADLINE_SECONDS
        while not answers(self.port, brokers):
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

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self, brokers: int = 1) -> bool:
        return answers(self.port, brokers)

    def stop(self) -> None:
        """Ends the node and what it started; first kindly, then not."""
        process, self.process = self.process, None
        if process is None:
            return
        end_process_group(process.pid, lambda: process.poll() is not None)
        process.wait()
        self.pid_path.unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL; start() brings it back on the same port with the same data."""
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _properties_path(self) -> Path:
        return self.directory / "server.properties"

    def _write_properties(self, voters: str, properties: dict[str, str]) -> None:
        advertised = {"PLAINTEXT": self.port}
        advertised |= {name: port for name, (_, port) in self.behind.items()}
        listening = {"PLAINTEXT": self.port, "CONTROLLER": self.controller_port}
        listening |= {name: port for name, (port, _) in self.behind.items()}
        text = PROPERTIES.format(
            node_id=self.node_id,
            listeners=addresses(listening),
            advertised=addresses(advertised),
            protocols=",".join(f"{name}:PLAINTEXT" for name in listening),
            voters=voters,
            data=self._data,
        )
        text += "".join(f"{name}={value}\n" for name, value in properties.items())
        self._properties_path.write_text(text)

    def _format(self, cluster_id: str) -> None:
        key = (self._version, *self._format_with)
        if key in _FORMATS:
            self._write_format(_FORMATS[key], cluster_id)
            return
        classes = f"{jars(self._version)}/*"
        tool = ["-XX:TieredStopAtLevel=1", "-cp", classes, "kafka.tools.StorageTool", "format"]
        where = ["-t", cluster_id, "-c", str(self._properties_path)]
        done = subprocess.run(
            [java(), *tool, *where, *self._format_with],
            capture_output=True,
            text=True,
            timeout=START_DEADLINE_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise KafkaUnavailable(
                f"formatting Kafka's data folder failed:\n{done.stdout}{done.stderr}"
            )
        _FORMATS[key] = files_in(self._data)

    def _write_format(self, files: dict[str, bytes], cluster_id: str = "") -> None:
        """What the tool would write, without the seconds that it takes. No cluster id: theirs."""
        own = {"node.id": str(self.node_id), "directory.id": new_id()}
        if cluster_id:
            own["cluster.id"] = cluster_id
        lines = []
        for line in files[META].decode().splitlines():
            name, _, value = line.partition("=")
            lines.append(f"{name}={own.get(name, value)}" if value else line)
        self._data.mkdir(parents=True)
        for name, content in {**files, META: ("\n".join(lines) + "\n").encode()}.items():
            (self._data / name).write_bytes(content)

    def _log_tail(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-20:])


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def new_id() -> str:
    """22 characters of base64; one that begins with "-" would be taken for an option."""
    return "T" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]


def addresses(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())
