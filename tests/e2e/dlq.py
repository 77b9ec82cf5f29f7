# SPDX-License-Identifier: Apache-2.0
"""`tidegate dlq` as an operator runs it, and dead letters that tests write themselves."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from failures import Draft, write
from host import Host, build_folder
from kafka_process import die_with_parent
from kafka_view import Message, View

DEADLINE_SECONDS = 60
EXIT_USAGE, EXIT_UNREACHABLE = 64, 69


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    def lines(self) -> list[dict]:
        """What `--format json` printed: one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def line(self) -> dict:
        (found,) = self.lines()
        return found


def command(verb: str, *arguments: object) -> list[str]:
    return [str(build_folder() / "bin" / "tidegate"), "dlq", verb, *map(str, arguments)]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("TIDEGATE_")}


def dlq(verb: str, *arguments: object) -> Answer:
    """Runs it to its end, without a terminal."""
    done = subprocess.run(
        command(verb, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        env=environment(),
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def start_dlq(folder: Path, verb: str, *arguments: object) -> subprocess.Popen:
    """Starts it for tests that end it in the middle; what it says goes to a file."""
    with open(folder / f"dlq-{verb}.log", "ab") as log:
        return subprocess.Popen(
            command(verb, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment(),
            preexec_fn=die_with_parent,
        )


def of_config(host: Host) -> tuple[str, str]:
    """The options that name a host's configuration; the host need not run."""
    return "-c", str(host.config_path)


def of_topic(kafka: View, topic: str) -> tuple[str, str, str, str]:
    return "--bootstrap", kafka.bootstrap, "--topic", topic


def headers_of(origin: Message, owner: str, **ours: object) -> tuple[tuple[str, bytes], ...]:
    """Our headers as the host writes them on a dead letter; `ours` replaces some, None leaves one
    out."""
    names = {
        "attempt": 4,
        "origin-topic": origin.topic,
        "origin-partition": origin.partition,
        "origin-offset": origin.offset,
        "origin-timestamp-ms": 1_700_000_000_000,
        "first-failure-ms": 1_700_000_001_000,
        "error-kind": "status",
        "error": "no such order",
        "pipeline": "main",
        "group": owner,
        "plugin": "ledger@1",
        "replays": 0,
        **{name.replace("_", "-"): value for name, value in ours.items()},
    }
    return tuple((f"tidegate-{n}", str(v).encode()) for n, v in names.items() if v is not None)


def write_dead_letters(
    kafka: View, group: str, origins: Iterable[Message], **ours: object
) -> list[Message]:
    """Into `<group>.dlq`, which must be there, as the host would have written them. `owner`: a
    group that they belong to instead."""
    owner = str(ours.pop("owner", group))
    drafts = [
        Draft(
            origin.value,
            partition=origin.partition,
            key=origin.key,
            headers=headers_of(origin, owner, **ours),
        )
        for origin in origins
    ]
    return write(kafka, f"{group}.dlq", drafts)


def made_up(topic: str, partitions: int, count: int) -> list[Message]:
    """Messages that a topic might have held once; only their dead letters are ever written."""
    return [
        Message(topic, i % partitions, 1_000 + i // partitions, b"k%d" % i, b"value.%d" % i)
        for i in range(count)
    ]
