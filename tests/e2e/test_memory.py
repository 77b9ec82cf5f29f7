# SPDX-License-Identifier: Apache-2.0
"""DESIGN §2, invariant 8: memory is bounded whatever waits. The figure is the kernel's, VmHWM.

The backlog is 1 GB with --full and 320 MB otherwise, which is still more than the limit: a host
without bounds fails either way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from host import EXIT_OK, Host
from kafka_view import View
from memory import judge_peak, wait_until_memory_stands_still

MESSAGE_BYTES = 10 * 1024
PARTITIONS = 6
SLOTS = 8  # more than lanes that wait at the gate: one for each partition
SLOW_KEY_EVERY = 60  # messages: less than one fetch of one partition


@pytest.fixture(scope="module")
def heavy_backlog(kafka: View, request) -> Iterator[str]:
    """A topic of 10 KiB messages; in every fetch of every partition some have the key `slow`."""
    count = (1_000_000_000 if request.config.getoption("--full") else 320_000_000) // MESSAGE_BYTES
    topic = kafka.create_topic(f"heavy-{time.monotonic_ns()}", PARTITIONS)
    padding = b"." * (MESSAGE_BYTES - 20)
    for begin in range(0, count, 2_000):  # in pieces: the client keeps what it was given
        kafka.produce(
            topic,
            (
                (
                    i % PARTITIONS,
                    b"slow" if i // PARTITIONS % SLOW_KEY_EVERY == 0 else b"k%d" % (i % 1009),
                    b"%019d." % i + padding,
                )
                for i in range(begin, min(begin + 2_000, count))
            ),
        )
    yield topic
    kafka.delete_topic(topic)


def stalled(start_host, topic: str, group: str, gate, **keys) -> Host:
    gate.touch()
    more = keys.pop("ledger", {})
    return start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        concurrency=SLOTS,
        ledger={"gate": str(gate), "values": False, **more},
        **keys,
    )


def finish(host: Host, gate, count: int) -> None:
    gate.unlink()
    host.wait_handled(count, 180)
    assert host.terminate() == EXIT_OK, host.log_tail()


def judge(host: Host, note_figure, what: str, count: int) -> None:
    judge_peak(host, note_figure, f"{what}, backlog {count * MESSAGE_BYTES / 1e6:.0f} MB")


@pytest.mark.parametrize("ordering", ["partition", "key"])
def test_invariant_8_memory_is_bounded_behind_a_stalled_handler(
    start_host, kafka: View, heavy_backlog, group, tmp_path, note_figure, ordering
):
    count = sum(kafka.ends(heavy_backlog).values())
    gate = tmp_path / "gate"
    host = stalled(start_host, heavy_backlog, group, gate, ordering=ordering)
    host.wait_for(
        "reading has paused",
        lambda: host.scrape().sum(
            "tidegate_paused_partitions", pipeline="main", reason="backpressure"
        )
        > 0,
    )
    wait_until_memory_stands_still(host)
    assert host.ledger.count() == 0
    finish(host, gate, count)
    judge(host, note_figure, f"stalled handler, ordering {ordering}", count)


def test_invariant_8_memory_is_bounded_with_one_slow_key_in_every_fetch(
    start_host, kafka: View, heavy_backlog, group, tmp_path, note_figure
):
    """The waiting messages are few, but each would hold the whole buffer of its fetch."""
    count = sum(kafka.ends(heavy_backlog).values())
    slow = sum(-(-(end) // SLOW_KEY_EVERY) for end in kafka.ends(heavy_backlog).values())
    gate = tmp_path / "gate"
    host = stalled(
        start_host, heavy_backlog, group, gate, ordering="key", ledger={"gate_key": "slow"}
    )
    host.wait_handled(count - slow, 180)
    wait_until_memory_stands_still(host)
    assert host.ledger.count() == count - slow
    finish(host, gate, count)
    judge(host, note_figure, "one slow key in every fetch", count)
