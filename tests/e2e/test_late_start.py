# SPDX-License-Identifier: Apache-2.0
"""A partition whose position was not known when it was assigned begins at it, and nowhere else.

Until then the client must not read it. Assigned at the end of its log, by that name, it looks the
end up; where that answer comes after the position is known, librdkafka 2.14.2 asks for the end once
more and reads on from there (rd_kafka_toppar_handle_Offset): 123 retries of 12,000 messages were
never attempted, seen once on a busy machine."""

from __future__ import annotations

import struct

import pytest

from host import EXIT_OK
from ledger import assert_each_once
from proxied import bootstrap, kafka, proxy  # fixtures
from waiting import wait_until

FETCH, LIST_OFFSETS, OFFSET_FETCH, SYNC_GROUP = 1, 2, 9, 14
MESSAGES, VALUE_BYTES = 6_000, 1_024  # more than one fetch brings
BEGIN = 1_000


def commit(kafka, group: str, topic: str) -> bool:
    """False: the node has not elected its coordinators yet."""
    kafka.commit_as(group, topic, {0: BEGIN})
    return kafka.committed(group, topic) == {0: BEGIN}


@pytest.mark.parametrize("strategy", ["cooperative-sticky", "range"])
def test_invariant_1_a_partition_begins_at_its_position_however_late_that_is_known(
    start_host, kafka, proxy, make_topic, group, strategy
):
    topic = make_topic(1)
    fill = b"x" * VALUE_BYTES
    messages = kafka.produce(topic, [(0, b"", b"%d %b" % (i, fill)) for i in range(MESSAGES)])
    wait_until("the group has a position", lambda: commit(kafka, group, topic))
    asked_before, fetched_there = proxy.requests[SYNC_GROUP], []

    def assigned(_) -> bool:
        return proxy.requests[SYNC_GROUP] > asked_before

    def note(frame) -> bool:
        if struct.pack(">q", BEGIN) in frame.head:
            fetched_there.append(frame)
        return False

    position = proxy.hold_answer(OFFSET_FETCH, assigned)
    end = proxy.hold_answer(LIST_OFFSETS, assigned)
    proxy.hold_request(FETCH, note)
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        retry={"mode": "none"},
        # Its heartbeats are held up, too.
        consumer={"partition.assignment.strategy": strategy, "session.timeout.ms": "30000"},
    )
    host.wait_event("start_position_unknown", 30)
    position.release()
    wait_until("the host reads from the position on", lambda: fetched_there, 30)
    end.release()
    host.wait_handled(MESSAGES - BEGIN, 30)
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), messages[BEGIN:])
