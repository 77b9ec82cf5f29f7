# SPDX-License-Identifier: Apache-2.0
"""What handlers send (tidegate.emit/1): it arrives when the attempt is ok, and only then; the
consumed message is finished when it has arrived (DESIGN §6; §2: invariant 1)."""

from __future__ import annotations

from collections import Counter

import pytest

from copies import dead_letters, read_copies
from exactly_once import place, source_of
from failures import Draft, failing_keys, json_drafts, run_until_caught_up, with_fate, write
from kafka_view import View

RETRY = {"delays": ["100ms"], "max_retries": 3}


@pytest.mark.parametrize("plugin", ["ledger.so", "ledger_batch.so"])
def test_what_is_ok_is_emitted_once_and_what_fails_is_not(
    start_host, kafka: View, make_topic, group, plugin
):
    source, output = make_topic(3), make_topic(4)
    drafts = json_drafts(3000, 3, one_in=20, seed=5)
    messages = write(kafka, source, drafts)
    keys = failing_keys(
        group, source, RETRY, {"emit_to": output}, concurrency=4, ordering="key", ledger_plugin=plugin
    )
    run_until_caught_up(start_host, "only", **keys, dead_letter={"max_ratio": 1.0})
    hopeless = {place(m) for m in with_fate(drafts, messages, "fail")}
    emitted = Counter(source_of(copy) for copy in read_copies(kafka, output))
    assert emitted == Counter({place(m) for m in messages} - hopeless)
    assert {place(copy.origin) for copy in dead_letters(kafka, group)} == hopeless
    assert kafka.committed(group, source) == kafka.ends(source)


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_a_refused_emit_fails_the_attempt_and_only_that(
    start_host, kafka: View, make_topic, group, delivery
):
    """Values up to 4 KiB fit into the output topic; the others are refused there."""
    source = make_topic(2)
    output = make_topic(2, max_message_bytes="4096")
    sizes = [100, 100_000, 100, 100, 100_000, 100]
    drafts = [
        Draft(b"%d." % i + b"x" * size, "", i % 2, b"k%d" % i) for i, size in enumerate(sizes)
    ]
    messages = write(kafka, source, drafts)
    keys = failing_keys(group, source, {"max_retries": 1}, {"emit_to": output}, delivery=delivery)
    run_until_caught_up(start_host, "only", **keys, dead_letter={"max_ratio": 1.0})
    fits = {place(m) for m, size in zip(messages, sizes) if size == 100}
    assert Counter(
        source_of(copy) for copy in read_copies(kafka, output, "read_committed")
    ) == Counter(fits)
    dead = read_copies(kafka, f"{group}.dlq", "read_committed")
    assert {place(copy.origin) for copy in dead} == {place(m) for m in messages} - fits
    assert {(copy.header("error-kind"), copy.header("attempt")) for copy in dead} == {("emit", "2")}


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_a_topic_that_is_not_there_fails_the_attempt(
    start_host, kafka: View, make_topic, group, unique, delivery
):
    source = make_topic(2)
    messages = write(kafka, source, [Draft(b"%d" % i, "", i % 2) for i in range(4)])
    run_until_caught_up(
        start_host,
        "only",
        **failing_keys(
            group, source, {"max_retries": 0}, {"emit_to": unique("nowhere")}, delivery=delivery
        ),
        dead_letter={"max_ratio": 1.0},
        producer={"topic.metadata.propagation.max.ms": "500"},
    )
    dead = read_copies(kafka, f"{group}.dlq", "read_committed")
    assert {place(copy.origin) for copy in dead} == {place(m) for m in messages}
    assert {copy.header("error-kind") for copy in dead} == {"emit"}


def test_copy_keeps_key_value_headers_timestamp_and_partition(
    start_host, kafka: View, make_topic, group
):
    # The timestamps are old: without this they are retention's at once.
    source, output = make_topic(3, retention_ms="-1"), make_topic(3, retention_ms="-1")
    headers = (("a", b"1"), ("a", b"\x00\xff"), ("tidegate-attempt", b"9"), ("b", b""))
    drafts = [
        Draft(b"value", "", 0, b"key", headers, 1_700_000_000_123),
        Draft(b"", "", 1, None, (), 1_700_000_000_456),
        Draft(None, "", 2, b"tombstone", (), 1_700_000_000_789),
    ]
    write(kafka, source, drafts)
    run_until_caught_up(
        start_host,
        "only",
        group_id=group,
        topics=[source],
        start_offset="earliest",
        ledger_plugin="copy.so",
        ledger={"to": output, "partition": "keep"},
    )
    found = [
        (c.partition, c.key, c.value, c.timestamp_ms, list(c.headers))
        for c in read_copies(kafka, output)
    ]
    kept = [header for header in headers if header[0] != "tidegate-attempt"]
    assert found == [
        (0, b"key", b"value", 1_700_000_000_123, kept),
        (1, None, b"", 1_700_000_000_456, []),
        (2, b"tombstone", None, 1_700_000_000_789, []),
    ]
