# SPDX-License-Identifier: Apache-2.0
"""The commands that talk to a running host, as an operator types them."""

from __future__ import annotations

import json
import subprocess

from host import Host, build_folder
from kafka_view import View

COMMAND_SECONDS = 30


def tidegate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(build_folder() / "bin" / "tidegate"), *arguments],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


def ask(host: Host, *arguments: str) -> str:
    """What the command prints; it must succeed. The host is found by its configuration."""
    answer = tidegate(*arguments, "-c", str(host.folder / "tidegate.toml"))
    assert answer.returncode == 0, f"{arguments}: {answer.stderr}\n{host.log_tail()}"
    return answer.stdout


def facts(host: Host, *arguments: str) -> dict:
    return json.loads(ask(host, *arguments, "--format", "json"))


def pipeline_of(host: Host, name: str = "main") -> dict:
    (found,) = (p for p in facts(host, "status")["pipelines"] if p["name"] == name)
    return found


def at_rest(kafka: View, group: str, host: Host, partitions: int) -> bool:
    """All members have partitions, so that no rebalance of the start is still to come."""
    shares = [member["member_assignment"] for member in kafka.members(group)]
    owned = host.scrape().sum("tidegate_assigned_partitions", pipeline="main")
    # It is no table while the group is being rebalanced.
    settled = all(isinstance(share, dict) and share["assigned_partitions"] for share in shares)
    return len(shares) == 2 and settled and owned == partitions
