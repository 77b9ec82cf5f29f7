# SPDX-License-Identifier: Apache-2.0
"""The producer of a run: unique values `run.partition.seq` at a steady rate, and a log of its own
of what became of each: ok (acknowledged, with its offset), fail (never left), info (nobody knows).
"""

from __future__ import annotations

import random
import threading
import time
from typing import NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError

from evidence import Place
from failures import FATE_HEADER

STEP_SECONDS = 0.05
KEYS_OF_A_PARTITION = 31
# What handlers are asked to do with those that fail: in their first attempts, or for good.
FATES = (b"fail:1", b"fail:2", b"fail")


class Load(NamedTuple):
    per_second: int = 150
    partitions: int = 6
    one_in: int = 20  # fails; 0: none


class Write(NamedTuple):
    value: bytes
    state: str  # ok | fail | info
    place: Place | None


class Writer:
    """Writes in a thread of its own until it is stopped; its log is complete after stop()."""

    def __init__(self, bootstrap: str, topic: str, run: str, load: Load, seed: int) -> None:
        self._topic, self._run, self._load = topic, run, load
        self._dice = random.Random(f"{seed}.writer")
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap.split(","), acks="all", linger_ms=5, max_block_ms=60_000
        )
        self._stop = threading.Event()
        self._log: list[Write] = []
        self._pending: list[tuple[bytes, object]] = []
        self._thread = threading.Thread(target=self._work, name="writer")

    def start(self) -> Writer:
        self._thread.start()
        return self

    def stop(self) -> list[Write]:
        """Writes no more, waits for what is under way, returns the log. Again: the same log."""
        if not self._stop.is_set():
            self._stop.set()
            if self._thread.ident is not None:
                self._thread.join()
            self._producer.flush()
            self._producer.close()
            self._log += [self._settle(value, future) for value, future in self._pending]
        return self._log

    def written(self) -> int:
        return len(self._pending) + len(self._log)

    def _work(self) -> None:
        began, count = time.monotonic(), 0
        while not self._stop.wait(STEP_SECONDS):
            due = int((time.monotonic() - began) * self._load.per_second)
            while count < due and not self._stop.is_set():
                self._write(count)
                count += 1

    def _write(self, number: int) -> None:
        partition, seq = number % self._load.partitions, number // self._load.partitions
        value = f"{self._run}.{partition}.{seq}".encode()
        key = b"k%d.%d" % (partition, seq % KEYS_OF_A_PARTITION)
        fails = self._load.one_in and self._dice.randrange(self._load.one_in) == 0
        headers = [(FATE_HEADER, self._dice.choice(FATES))] if fails else []
        try:
            future = self._producer.send(
                self._topic, value=value, key=key, headers=headers, partition=partition
            )
        except KafkaError:  # it never left
            self._log.append(Write(value, "fail", None))
        else:
            self._pending.append((value, future))

    def _settle(self, value: bytes, future) -> Write:
        try:
            at = future.get(timeout=60)
        except KafkaError:
            return Write(value, "info", None)
        return Write(value, "ok", Place(at.topic, at.partition, at.offset))
