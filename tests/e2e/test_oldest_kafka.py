# SPDX-License-Identifier: Apache-2.0
"""The journey on the oldest Kafka that README states: tests of other files, which say what they
show, with a cluster of that version in the place of the usual one.

The new group protocol (KIP-848) is off there, so groups run with the classic one.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

import pytest

import test_dead_letter
import test_dlq_kill
import test_dlq_replay
import test_emit
import test_exactly_once
import test_group_protocols
import test_in_place
import test_kill_while_copies_flow
import test_retry_topics
from conftest import running
from host import EXIT_OK
from kafka_cluster import KafkaCluster
from kafka_process import ROOT
from test_exactly_once import job  # the fixture of its tests

KILLED_MEMBER = test_group_protocols.test_what_a_killed_member_held_is_handled_by_the_others
SLOW_HANDLER = (
    test_group_protocols.test_a_handler_slower_than_max_poll_interval_keeps_its_membership
)
ORDER_IN_PLACE = (
    test_in_place.test_invariant_6_each_key_keeps_its_order_across_a_rebalance_and_a_restart
)
KILLED_IN_TRANSACTIONS = (
    test_exactly_once.test_a_host_that_is_killed_again_and_again_writes_each_input_once
)
ALWAYS = [
    (KILLED_MEMBER, {"protocol": "range"}),
    (KILLED_MEMBER, {"protocol": "cooperative-sticky"}),
    (test_retry_topics.test_any_bytes_are_retried_and_dead_lettered_as_they_were, {}),
    (
        test_dead_letter.test_one_poison_message_in_batches_of_500_is_charged_alone,
        {"how": "false"},
    ),
    (ORDER_IN_PLACE, {"protocol": "cooperative-sticky"}),
    (test_kill_while_copies_flow.test_invariant_1_a_kill_while_copies_flow_loses_nothing, {}),
    (KILLED_IN_TRANSACTIONS, {"ordering": "key"}),
    (test_dlq_replay.test_to_the_origin_as_it_was_and_only_once, {}),
]
IN_FULL = [
    (KILLED_MEMBER, {"protocol": "static"}),
    (SLOW_HANDLER, {"protocol": "range"}),
    (ORDER_IN_PLACE, {"protocol": "range"}),
    (test_exactly_once.test_a_frozen_host_that_wakes_up_writes_nothing_twice, {}),
    (test_dlq_kill.test_a_killed_replay_goes_on_where_it_was, {"exactly_once": True}),
    (
        test_emit.test_a_refused_emit_fails_the_attempt_and_only_that,
        {"delivery": "exactly_once"},
    ),
]


def oldest_version() -> str:
    pins = (ROOT / "tools" / "dev" / "versions.sh").read_text()
    return re.search(r'^oldest_kafka_version="(.+)"$', pins, re.MULTILINE)[1]


@pytest.fixture(scope="module")
def kafka(kafka, tmp_path_factory):
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), version=oldest_version())
    with running(cluster) as view:
        yield view


def name_of(part: Callable | dict) -> str:
    if callable(part):
        return part.__name__.removeprefix("test_")
    return "-".join(map(str, part.values()))


def run(request, test: Callable, given: dict) -> None:
    """given: what the test is parametrized with; the rest that it takes are fixtures."""
    others = [name for name in inspect.signature(test).parameters if name not in given]
    test(**{name: request.getfixturevalue(name) for name in others}, **given)


@pytest.mark.parametrize(("test", "given"), ALWAYS, ids=name_of)
def test_on_the_oldest_kafka(request, test, given):
    run(request, test, given)


@pytest.mark.parametrize(("test", "given"), IN_FULL, ids=name_of)
def test_more_on_the_oldest_kafka(request, full, test, given):
    if not full:
        pytest.skip("with --full only (tests/README.md)")
    run(request, test, given)


def test_that_the_new_group_protocol_is_not_there_is_told(start_host, make_topic, group):
    host = start_host(
        "host",
        group_id=group,
        topics=[make_topic(1)],
        consumer={"group.protocol": "consumer"},
    )
    line = host.wait_event("no_assignment")
    assert "group.protocol" in line["msg"] and "4.0" in line["msg"], line
    assert host.terminate() == EXIT_OK, host.log_tail()
