# SPDX-License-Identifier: Apache-2.0
"""What a drain writes: its topics are made before it, looked at after it and deleted then.

A drain that did not do all of its work is an error, not a figure; the brokers are asked for that,
by a client that is not librdkafka. Each function is a context that gives a function, to be called
with the client's summary.
"""
from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import processes
from kafka_view import View
from processes import Failed

RETRY_DELAY = "100ms"
READ_TIMEOUT_SECONDS = 60
# Who fails is drawn message by message: the share comes out with a spread.
TOLERANCE = 0.15


@contextlib.contextmanager
def none(client, _bootstrap, topic):
    """Nothing is written; what the client says must be what the topic holds."""
    yield lambda summary: expect(f"{client.name} consumed", summary["consumed"], topic.messages)


def copies(build: Path):
    """One copy of each message goes to a topic of as many partitions."""

    @contextlib.contextmanager
    def around(client, bootstrap, topic):
        with _view(bootstrap, client) as view:
            view.create_topic(client.output, topic.partitions)

            def examine(summary):
                expect(f"{client.name} consumed", summary["consumed"], topic.messages)
                committed(view, client, topic.name, topic.messages)
                if summary["transactions"] == 0:
                    expect(f"{client.name} wrote", sum(view.ends(client.output).values()),
                           topic.messages)
                else:
                    _read_committed(build, bootstrap, client, topic.messages)

            yield examine

    return around


def _read_committed(build: Path, bootstrap: str, client, messages: int) -> None:
    """Offsets tell nothing here: markers and aborted messages have some. That no message is there
    twice, the e2e tests show."""
    with tempfile.TemporaryDirectory() as folder:
        processes.run([build / "bin" / "tidegate_bench_raw", "--brokers", bootstrap,
                       "--topic", client.output, "--group", client.output, "--messages", messages,
                       "--timeout-s", READ_TIMEOUT_SECONDS, "-X", "isolation.level=read_committed"],
                      Path(folder), 2 * READ_TIMEOUT_SECONDS)


def retries(share: float):
    """So many of the messages fail once and come again by way of a retry topic."""

    @contextlib.contextmanager
    def around(client, bootstrap, topic):
        with _view(bootstrap, client) as view:

            def examine(summary):
                retry_topic = f"{client.group}.retry.{RETRY_DELAY}"
                retried = sum(view.ends(retry_topic).values())
                if abs(retried - share * topic.messages) > TOLERANCE * share * topic.messages:
                    raise Failed(f"{client.name}: {retried:,} retries of {topic.messages:,} "
                                 f"messages are not {share:.0%}")
                expect(f"{client.name} consumed", summary["consumed"], topic.messages + retried)
                committed(view, client, topic.name, topic.messages)
                committed(view, client, retry_topic, retried)
                expect(f"{client.name} dead-lettered",
                       sum(view.ends(f"{client.group}.dlq").values()), 0)

            yield examine

    return around


def committed(view: View, client, topic: str, messages: int) -> None:
    """REQUIRES: the topic's log starts at 0 and holds no transactions."""
    positions = view.committed(client.group, topic)
    expect(f"{client.name} committed in {topic}", sum(positions.values()), messages)


def expect(what: str, seen: int, wanted: int) -> None:
    if seen != wanted:
        raise Failed(f"{what} {seen:,} messages, not {wanted:,}")


@contextlib.contextmanager
def _view(bootstrap: str, client):
    view = View(bootstrap)
    try:
        yield view
    finally:
        for topic in view.topics():
            if topic == client.output or topic.startswith(client.group + "."):
                view.delete_topic(topic)
        view.close()
