# SPDX-License-Identifier: Apache-2.0
"""What tests of failing messages share: messages that carry their own fate, hosts whose handler
obeys it, and every attempt that a handler made. What became of the copies: copies.py.
"""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaProducer
from kafka.record.default_records import DefaultRecordBatchBuilder

from host import EXIT_OK, Host
from kafka_view import Message, View
from ledger import Call, parse_call
from waiting import wait_until

FATE_HEADER = "ledger"  # obeyed by the plugin ledger (plugins/ledger/README.md)
ATTEMPTS_FILE = "attempts.tsv"  # relative to the host's folder
# How long a killed member holds up its group.
QUICK_LOSS = {"session.timeout.ms": "1500", "heartbeat.interval.ms": "300"}
KINDS = {"false": "returned_false", "throw": "exception", "status": "status"}
LONG_AGO_MS = 1_600_000_000_000
Headers = list[tuple[str, bytes | None]]

# A header without a value: the protocol has it, KafkaProducer.send refuses it, its encoder writes
# it.
ABSENT = bytes(bytearray(b"\0absent"))
_append = DefaultRecordBatchBuilder.append


def _append_with_absent_values(self, offset, timestamp, key, value, headers):
    headers = [(name, None if content is ABSENT else content) for name, content in headers]
    return _append(self, offset, timestamp, key, value, headers)


DefaultRecordBatchBuilder.append = _append_with_absent_values


# Messages that carry their fate


class Draft(NamedTuple):
    """A message before it is written. Fate: "fail:2" fails in its first two attempts."""

    value: bytes | None
    fate: str = ""
    partition: int = 0
    key: bytes | None = b"k"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int | None = None

    def to_send(self) -> list[tuple[str, bytes]]:
        fate = [(FATE_HEADER, self.fate.encode())] if self.fate else []
        return [*self.headers, *fate]

    def to_find(self) -> Headers:
        return [(name, None if value is ABSENT else value) for name, value in self.to_send()]


def awkward_drafts() -> list[Draft]:
    """What is easily lost or changed on the way; all fail in every attempt."""
    values = (b"", ABSENT, b"\0", b"a\0b", bytes(range(256)), "grüße".encode())
    many = tuple((f"name.{i % 7}", values[i % len(values)]) for i in range(49))
    drafts = [
        Draft(b"no key", key=None),
        Draft(None, key=b"no value"),
        Draft(b"", key=b""),
        Draft(bytes(range(256)) + b"\0\0", key=b"\0key\0"),
        Draft(random.Random(9).randbytes(900 * 1024), key=b"900 KiB"),
        Draft(b"50 headers", headers=many),
    ]
    return [
        draft._replace(fate="fail", partition=i % 2, timestamp_ms=LONG_AGO_MS + i)
        for i, draft in enumerate(drafts)
    ]


def write(kafka: View, topic: str, drafts: Iterable[Draft]) -> list[Message]:
    """All are acknowledged on return."""
    drafts = list(drafts)
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", linger_ms=5, max_request_size=8 * 1024 * 1024
    )
    sent = [
        producer.send(
            topic,
            value=draft.value,
            key=draft.key,
            headers=draft.to_send(),
            partition=draft.partition,
            timestamp_ms=draft.timestamp_ms,
        )
        for draft in drafts
    ]
    producer.flush()
    producer.close()
    return [
        Message(topic, draft.partition, future.get(timeout=60).offset, draft.key, draft.value)
        for draft, future in zip(drafts, sent)
    ]


def json_drafts(
    count: int, partitions: int, one_in: int, seed: int, prefix: str = "m"
) -> list[Draft]:
    """JSON messages of which exactly one in `one_in` fails, at random places: a half in every
    attempt, the others in their first 1 to 3."""
    dice = random.Random(seed)
    first_ms = int(time.time() * 1000) - count
    hit = dice.sample(range(count), count // one_in)
    fates = {
        place: "fail" if turn % 2 == 0 else f"fail:{1 + turn // 2 % 3}"
        for turn, place in enumerate(hit)
    }
    return [
        Draft(
            json.dumps({"id": f"{prefix}.{i}", "amount": dice.randrange(10_000)}).encode(),
            fates.get(i, ""),
            i % partitions,
            b"key.%d" % (i % 997),
            timestamp_ms=first_ms + i,
        )
        for i in range(count)
    ]


def with_fate(drafts: list[Draft], messages: list[Message], *fates: str) -> set[Message]:
    """Those of one of these fates; of any fate but none at all where no fate is given."""
    return {
        message
        for draft, message in zip(drafts, messages)
        if (draft.fate in fates if fates else draft.fate)
    }


# Hosts


def failing_keys(group: str, topic: str, retry: dict, ledger: dict | None = None, **more):
    """A pipeline whose handler obeys the header and writes down every attempt."""
    delays = {} if retry.get("mode") == "none" else {"delays": ["100ms"]}
    return {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "retry": {**delays, **retry},
        "ledger": {"headers": True, "attempts": ATTEMPTS_FILE, **(ledger or {})},
        **more,
    }


def run_until_caught_up(start_host, name: str, deadline: float = 60, **keys) -> Host:
    """Ends when nothing is left to do, in retry topics too."""
    host = start_host(name, arguments=("--exit-when-caught-up",), **keys)
    assert host.wait_exit(deadline) == EXIT_OK, host.witness()
    return host


# Attempts


class Attempt(NamedTuple):
    """One handler call, failed or not, as the handler saw the message."""

    call: Call
    timestamp_ms: int
    answer: str

    @property
    def message(self) -> Message:
        return self.call.message

    @property
    def number(self) -> int:
        return self.call.attempt


def parse_attempt(line: bytes) -> Attempt:
    call, timestamp_ms, answer = line.rsplit(b"\t", 2)
    return Attempt(parse_call(call), int(timestamp_ms), answer.decode())


class Attempts:
    """All attempts of one host so far; read while it runs, where a line without its end is none."""

    def __init__(self, host: Host, file: str = ATTEMPTS_FILE) -> None:
        self._path: Path = host.folder / file
        self._read_bytes = 0
        self._attempts: list[Attempt] = []

    def all(self) -> list[Attempt]:
        if self._path.exists():
            with open(self._path, "rb") as file:
                file.seek(self._read_bytes)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._read_bytes += len(whole)
            self._attempts.extend(parse_attempt(line) for line in whole.splitlines())
        return self._attempts

    def count(self) -> int:
        return len(self.all())


def attempts_of(*hosts: Host, file: str = ATTEMPTS_FILE) -> list[Attempt]:
    return [attempt for host in hosts for attempt in Attempts(host, file).all()]


def by_message(attempts: Iterable[Attempt]) -> dict[Message, list[Attempt]]:
    found: dict[Message, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        found[attempt.message].append(attempt)
    return found


def numbers(attempts: Iterable[Attempt]) -> dict[Message, list[int]]:
    """The attempts' numbers of each message, in order."""
    return {
        message: sorted(attempt.number for attempt in of_it)
        for message, of_it in by_message(attempts).items()
    }


def waits_seconds(attempts: Iterable[Attempt]) -> dict[Message, list[float]]:
    """From the end of each attempt to the beginning of the next."""
    found = {}
    for message, of_it in by_message(attempts).items():
        of_it.sort(key=lambda attempt: attempt.number)
        found[message] = [
            (after.call.begin_ns - before.call.end_ns) / 1e9
            for before, after in zip(of_it, of_it[1:])
        ]
    return found


# Time


def let_pass(what: str, seconds: float) -> None:
    """For outages of a given length; not for waiting until something has probably happened."""
    end = time.monotonic() + seconds
    wait_until(what, lambda: time.monotonic() >= end, seconds + 5)


def counted(host: Host, name: str, **labels: str) -> Callable[[], float]:
    return lambda: host.scrape().sum(name, pipeline="main", **labels)
