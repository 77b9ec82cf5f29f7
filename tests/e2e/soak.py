# SPDX-License-Identifier: Apache-2.0
"""What the soak consists of: a load that lasts, samples of what a process takes, and the judgement
of them. The test: test_soak.py."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaProducer

from failures import FATE_HEADER

KIB = 1024
MIB = 1024 * KIB
PARTITIONS = 6
FATES = (b"fail:1", b"fail:2", b"fail")
ONE_IN = 50  # fails
SMALL, BIG = b"." * 200, b"." * (256 * KIB)
BIG_EACH_SECONDS = 1.0


class Load:
    """Writes to one topic, so many a second, in a thread of its own, until it is stopped."""

    def __init__(self, bootstrap: str, topic: str, per_second: int) -> None:
        self.sent = self.hopeless = 0
        self._bootstrap, self._topic, self._per_second = bootstrap, topic, per_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"load {topic}")

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        """All that was sent is acknowledged on return."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            linger_ms=50,
            batch_size=128 * KIB,
            max_request_size=4 * MIB,
        )
        begun = time.monotonic()
        next_big = begun
        while not self._stop.wait(0.05):
            due = int((time.monotonic() - begun) * self._per_second)
            while self.sent < due:
                big = time.monotonic() >= next_big
                if big:
                    next_big += BIG_EACH_SECONDS
                self._send(producer, BIG if big else SMALL)
        producer.flush()
        producer.close()

    def _send(self, producer: KafkaProducer, padding: bytes) -> None:
        number = self.sent
        fate = FATES[number // ONE_IN % len(FATES)] if number % ONE_IN == 0 else b""
        self.sent += 1
        self.hopeless += fate == b"fail"
        producer.send(
            self._topic,
            key=b"key.%d" % (number % 997),
            value=b"%d" % number + padding,
            headers=[(FATE_HEADER, fate)] if fate else None,
            partition=number % 997 % PARTITIONS,
        )


class Sample(NamedTuple):
    at_seconds: float
    rss_bytes: int
    threads: int
    files: int


def sample(pid: int, at_seconds: float) -> Sample:
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Sample(
        at_seconds,
        int(status["VmRSS"].split()[0]) * KIB,
        int(status["Threads"]),
        len(list((process / "fd").iterdir())),
    )


def samples(pid: int, seconds: float, each: float) -> Iterator[Sample]:
    """One each `each` seconds."""
    begun = time.monotonic()
    wait = threading.Event()
    while (now := time.monotonic() - begun) < seconds:
        yield sample(pid, now)
        wait.wait(each - (time.monotonic() - begun - now))


class Judgement(NamedTuple):
    """Of what comes behind the warm-up."""

    mib_per_hour: float  # by the least squares
    grown_mib: float  # the median of the last third less that of the first
    most_mib: float
    threads: set[int]
    files: set[int]

    def line(self) -> str:
        return (
            f"RSS at most {self.most_mib:.0f} MiB, slope {self.mib_per_hour:+.1f} MiB/h, "
            f"last third less first {self.grown_mib:+.1f} MiB; threads {sorted(self.threads)}, "
            f"files {min(self.files)} to {max(self.files)}"
        )


def judge(taken: Iterable[Sample], warm_up_seconds: float) -> Judgement:
    warm = [one for one in taken if one.at_seconds >= warm_up_seconds]
    third = len(warm) // 3
    assert third >= 3, f"only {len(warm)} samples behind the warm-up"
    slope = statistics.linear_regression(
        [one.at_seconds / 3600 for one in warm], [one.rss_bytes / MIB for one in warm]
    ).slope
    first, last = (
        statistics.median(one.rss_bytes for one in part) for part in (warm[:third], warm[-third:])
    )
    return Judgement(
        slope,
        (last - first) / MIB,
        max(one.rss_bytes for one in warm) / MIB,
        {one.threads for one in warm},
        {one.files for one in warm},
    )
