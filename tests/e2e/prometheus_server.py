# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus that scrapes what a test tells it to, on loopback, in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import requests

from host import HTTP_SECONDS, ROOT
from kafka_process import die_with_parent
from ports import LOOPBACK, free_port
from waiting import wait_until


class PrometheusMissing(Exception):
    pass


def program(name: str) -> str:
    """The path of prometheus or promtool: from PATH, or where ./dev setup unpacks them."""
    found = shutil.which(name)
    if found is not None:
        return found
    unpacked = sorted(ROOT.glob(f".deps/prometheus-*/usr/bin/{name}"))
    if not unpacked:
        raise PrometheusMissing(f"{name} is not there: ./dev setup unpacks it")
    return str(unpacked[-1])


def promtool(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """promtool's verdict, both streams in stdout."""
    return subprocess.run(
        [program("promtool"), *arguments],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Prometheus:
    def __init__(self, folder: Path, target: str, rules: Path) -> None:
        self._folder = folder
        self._configuration = folder / "prometheus.json"  # JSON is YAML
        self._log = folder / "prometheus.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""
        self._configuration.write_text(
            json.dumps(
                {
                    "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                    "rule_files": [str(rules)],
                    "scrape_configs": [
                        {"job_name": "tidegate", "static_configs": [{"targets": [target]}]}
                    ],
                }
            )
        )

    def start(self) -> Prometheus:
        self._launch(f"{LOOPBACK}:{free_port()}")  # it does not say which one port 0 became
        wait_until("Prometheus is ready or has ended", self._decided, explain=self.log_tail)
        assert self._process.poll() is None, f"Prometheus does not start\n{self.log_tail()}"
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def query(self, expression: str) -> list[dict]:
        """The answer's series or, of a scalar, one series; a query that is refused is an error."""
        data = self._get("query", {"query": expression})
        return [{"value": data["result"]}] if data["resultType"] == "scalar" else data["result"]

    def rules(self) -> list[dict]:
        return [rule for group in self._get("rules", {})["groups"] for rule in group["rules"]]

    def log_tail(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])

    def _launch(self, address: str) -> None:
        self._url = f"http://{address}"
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [
                    program("prometheus"),
                    f"--config.file={self._configuration}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address={address}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ},
                preexec_fn=die_with_parent,
            )

    def _decided(self) -> bool:
        if self._process.poll() is not None:
            return True
        try:
            return requests.get(f"{self._url}/-/ready", timeout=HTTP_SECONDS).ok
        except requests.ConnectionError:
            return False

    def _get(self, what: str, parameters: dict[str, str]) -> dict:
        answer = requests.get(
            f"{self._url}/api/v1/{what}", params=parameters, timeout=HTTP_SECONDS
        ).json()
        assert answer["status"] == "success", f"{parameters}: {answer.get('error')}"
        return answer["data"]
