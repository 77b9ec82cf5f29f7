# SPDX-License-Identifier: Apache-2.0
"""One `tidegate run` under test: its configuration file, process, log lines, metrics and ledger."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import requests

from kafka_process import die_with_parent
from ledger import Ledger
from metrics import Scrape
from waiting import DEFAULT_DEADLINE_SECONDS, wait_until

ROOT = Path(__file__).resolve().parents[2]
HTTP_SECONDS = 5
EXIT_OK, EXIT_FAILED, EXIT_CONFIGURATION = 0, 1, 78
QUICK_METADATA = {"topic.metadata.refresh.interval.ms": "1000"}
# A killed member is missed only after its session; the default (45 s) is too long for tests. With
# group.protocol = "consumer" the session is the broker's (kafka_cluster.py).
QUICK_SESSION = {"session.timeout.ms": "3000", "heartbeat.interval.ms": "500"}


def build_folder() -> Path:
    return Path(os.environ.get("TIDEGATE_BUILD", ROOT / "build" / "release"))


def toml(table: dict, path: tuple[str, ...] = ()) -> str:
    """TOML of nested dicts. Keys are quoted; JSON's strings, numbers and lists are TOML's too."""
    lines = [f"[{'.'.join(json.dumps(part) for part in path)}]"] if path else []
    lines += [
        f"{json.dumps(key)} = {json.dumps(value)}"
        for key, value in table.items()
        if not isinstance(value, dict)
    ]
    lines += [toml(value, (*path, key)) for key, value in table.items() if isinstance(value, dict)]
    return "\n".join(lines)


class Host:
    def __init__(
        self,
        folder: Path,
        name: str,
        bootstrap: str,
        pipelines: dict[str, dict],
        arguments: tuple[str, ...] = (),
        program: Path | None = None,
        environment: dict[str, str] | None = None,
        client: dict[str, str] | None = None,
    ) -> None:
        """program: another one than that of the build folder; environment: more than the test's;
        client: librdkafka's properties of the cluster."""
        self.name = name
        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self._ledgers = {
            pipeline: Ledger(self.folder / f"ledger-{pipeline}.tsv") for pipeline in pipelines
        }
        self.log_path = self.folder / "log.json"
        self.config_path = self.folder / "tidegate.toml"
        cluster = {"bootstrap_servers": bootstrap.split(","), "librdkafka": client or {}}
        self.config_path.write_text(toml(self._configuration(cluster, pipelines)))
        self._arguments = arguments
        self._program = program or build_folder() / "bin" / "tidegate"
        self._environment = environment or {}
        self._log_lines: list[dict] = []
        self._log_read_bytes = 0
        self._log_lock = threading.Lock()  # some tests watch a host from a thread of their own
        self._signals_sent: set[int] = set()
        self.process: subprocess.Popen[bytes] | None = None
        self.peak_rss_bytes = 0

    def _configuration(self, cluster: dict, pipelines: dict[str, dict]) -> dict:
        return {
            "config_version": 1,
            "host": {
                "plugin_dir": str(build_folder() / "plugins"),
                "state_dir": str(self.folder / "state"),
            },
            "log": {"level": "info", "format": "json"},
            "admin": {"listen": "127.0.0.1:0"},
            "clusters": {"main": cluster},
            "pipelines": {name: self._with_ledger(name, keys) for name, keys in pipelines.items()},
        }

    def _with_ledger(self, pipeline: str, keys: dict) -> dict:
        """A pipeline runs the plugin `ledger` (or what the key `ledger_plugin` of a test says, which
        with `is_ledger` is a version of it) into a file of its own; the key `ledger` is what a test
        adds to that plugin's configuration, `plugin_keys` to its table."""
        keys = {**keys}
        plugin = keys.pop("ledger_plugin", "ledger.so")
        config = keys.pop("ledger", {})
        if plugin.startswith("ledger") or keys.pop("is_ledger", False):
            config = {"path": str(self._ledgers[pipeline].path), **config}
        keys["plugin"] = {"path": plugin, "config": config, **keys.pop("plugin_keys", {})}
        consumer = keys.get("consumer", {})
        session = {} if consumer.get("group.protocol") == "consumer" else QUICK_SESSION
        keys["consumer"] = {**QUICK_METADATA, **session, **consumer}
        return keys

    # Life

    def start(self) -> Host:
        command = [
            str(self._program),
            "run",
            "-c",
            str(self.config_path),
            *self._arguments,
        ]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")
        } | self._environment
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        return self

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self._signals_sent.add(number)
        self.process.send_signal(number)

    def terminate(self, deadline: float = DEFAULT_DEADLINE_SECONDS) -> int:
        """SIGTERM: drain, commit, leave; returns the exit code."""
        self.note_memory()
        self.send(signal.SIGTERM)
        return self.wait_exit(deadline)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        self.send(signal.SIGKILL)
        self.process.wait()

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def wait_exit(self, deadline: float = DEFAULT_DEADLINE_SECONDS) -> int:
        wait_until(f"{self.name} ends", lambda: not self.running(), deadline, self.log_tail)
        return self.process.returncode

    def end(self) -> None:
        """For the end of a test: ends the host, and complains of a crash of its own."""
        if self.running():
            self.kill()
        if self.process is None:
            return
        died_of = -self.process.returncode
        assert (
            died_of <= 0 or died_of in self._signals_sent
        ), f"{self.name} died of signal {died_of}\n{self.log_tail()}"

    # Witnesses

    @property
    def ledger(self) -> Ledger:
        return self.ledger_of("main")

    def ledger_of(self, pipeline: str) -> Ledger:
        return self._ledgers[pipeline]

    def wait_for(
        self, event: str, happened: Callable[[], object], deadline: float = DEFAULT_DEADLINE_SECONDS
    ):
        """Like wait_until, but gives up at once when the host has ended."""

        def ask():
            alive = self.running()
            answer = happened()
            assert answer or alive, (
                f"{self.name} ended with {self.process.returncode} while the test "
                f"waited for: {event}\n{self.log_tail()}"
            )
            return answer

        return wait_until(event, ask, deadline, self.witness)

    def wait_handled(self, count: int, deadline: float = DEFAULT_DEADLINE_SECONDS) -> None:
        self.wait_for(
            f"{self.name} has handled {count} messages",
            lambda: self.ledger.count() >= count,
            deadline,
        )

    def log(self) -> list[dict]:
        """All whole log lines so far."""
        if self.log_path.exists():
            with self._log_lock, open(self.log_path, "rb") as file:
                file.seek(self._log_read_bytes)
                fresh = file.read()
                whole = fresh[: fresh.rfind(b"\n") + 1]
                self._log_read_bytes += len(whole)
                self._log_lines.extend(parse_log_line(line) for line in whole.splitlines())
        return self._log_lines

    def events(self, event: str, **fields: object) -> list[dict]:
        wanted = {"event": event, **fields}.items()
        return [
            line
            for line in self.log()
            if wanted <= {k: v for k, v in line.items() if not isinstance(v, (list, dict))}.items()
        ]

    def wait_event(
        self, event: str, deadline: float = DEFAULT_DEADLINE_SECONDS, **fields: object
    ) -> dict:
        return self.wait_for(
            f"log event {event} {fields or ''}", lambda: self.events(event, **fields), deadline
        )[0]

    def log_tail(self, lines: int = 30) -> str:
        text = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return f"--- the end of {self.log_path}:\n" + "\n".join(text.splitlines()[-lines:])

    def witness(self) -> str:
        """What the host says of itself, for the message of a test that waited in vain."""
        try:
            said = self.scrape().text if self.running() else "(it has ended)"
        except (AssertionError, OSError) as error:
            said = f"(no answer: {error})"
        figures = [line for line in said.splitlines() if not re.search(r"^#|_bucket|_sum| 0$", line)]
        return "\n".join([self.log_tail(), "--- what is not zero in /metrics:", *figures])

    def url(self, path: str) -> str:
        return f"http://{self.wait_event('host_starting')['admin']}{path}"

    def scrape(self) -> Scrape:
        answer = requests.get(self.url("/metrics"), timeout=HTTP_SECONDS)
        answer.raise_for_status()
        return Scrape(answer.text)

    def assigned(self) -> float:
        """Partitions that this host owns."""
        return self.scrape().sum("tidegate_assigned_partitions", pipeline="main")

    def status(self) -> dict:
        answer = requests.get(self.url("/api/v1/status"), timeout=HTTP_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def note_memory(self) -> int:
        """The peak of resident memory so far (VmHWM), kept for after the end."""
        if self.running():
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self.peak_rss_bytes = max(self.peak_rss_bytes, int(line.split()[1]) * 1024)
        return self.peak_rss_bytes


def parse_log_line(line: bytes) -> dict:
    try:
        parsed = json.loads(line)
    except ValueError:
        return {"event": "not_json", "text": line.decode(errors="replace")}
    return parsed if isinstance(parsed, dict) else {"event": "not_json", "text": str(parsed)}
