# SPDX-License-Identifier: Apache-2.0
"""What tests of bounded memory share (DESIGN §2, invariant 8): the bound, and how it is judged.
The figure is the kernel's, VmHWM."""

from __future__ import annotations

import time
from collections.abc import Callable

from host import Host
from kafka_view import View

MIB = 1024 * 1024
MAX_IN_FLIGHT_BYTES = 64 * MIB  # the default of max_in_flight_bytes
CLIENT_QUEUE_BYTES = 64 * MIB  # more than six partitions' queues and fetches
OWN_BYTES = 64 * MIB  # program, plugin, stacks, allocator
QUIET_SECONDS = 4.0
STILL_BYTES = 256 * 1024
PARTITIONS = 6


def limit_bytes(
    in_flight: int = MAX_IN_FLIGHT_BYTES, client_queue: int = CLIENT_QUEUE_BYTES
) -> int:
    return in_flight + client_queue + OWN_BYTES


def wait_until_memory_stands_still(host: Host) -> None:
    """The event is a peak that has hardly grown for some seconds: some 14 KiB/s come on top while
    nothing happens (caches of the allocator, it seems)."""
    seen = {"peak": 0, "since": time.monotonic()}

    def still() -> bool:
        peak = host.note_memory()
        if peak > seen["peak"] + STILL_BYTES:
            seen.update(peak=peak, since=time.monotonic())
        return time.monotonic() - seen["since"] >= QUIET_SECONDS

    host.wait_for("memory stands still", still, 120)


def judge_peak(
    host: Host, note_figure: Callable[[str], None], what: str, limit: int | None = None
) -> None:
    limit = limit or limit_bytes()
    peak = host.peak_rss_bytes
    note_figure(f"memory: {what}: peak {peak / MIB:.0f} MiB of {limit / MIB:.0f} MiB allowed")
    assert peak <= limit, f"{what}: peak {peak / MIB:.0f} MiB, allowed {limit / MIB:.0f} MiB"


def client_queue(mib: int) -> dict[str, str]:
    """A smaller queue of librdkafka's for all PARTITIONS together, as properties of the consumer."""
    return {"queued.max.messages.kbytes": str(mib * 1024 // PARTITIONS)}


def fill(kafka: View, topic: str, count: int, size: int, keys: int, at_once: int = 500) -> None:
    """Messages over PARTITIONS partitions; in pieces: the client keeps what it was given."""
    padding = b"." * (size - 20)
    for begin in range(0, count, at_once):
        kafka.produce(
            topic,
            (
                (i % PARTITIONS, b"k%d" % (i % keys), b"%019d." % i + padding)
                for i in range(begin, min(begin + at_once, count))
            ),
        )
