# SPDX-License-Identifier: Apache-2.0
"""A copy that the brokers refused is not taken for written because a later one was (invariant 1).

A broker that has nothing of a producer yet takes whatever sequence number comes first. With several
requests under way, the first one may be refused for a moment (too few replicas, a new leader) and
the second one be taken; librdkafka then reports the messages of both as written
(confluentinc/confluent-kafka-go#921). Found by tests/chaos: three messages lost of 2,493."""

from __future__ import annotations

import time

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from conftest import running
from copies import retry_topic
from failures import Attempts, Draft, failing_keys, let_pass, write
from host import EXIT_OK
from kafka_cluster import KafkaCluster
from kafka_proxy import PRODUCE, KafkaProxy
from ledger import assert_same_messages
from waiting import wait_until

BACKOFF_SECONDS = 3
BACKOFF_MS = str(BACKOFF_SECONDS * 1000)


@pytest.fixture(scope="module")
def proxy():
    proxy = KafkaProxy()
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def kafka(kafka, proxy, tmp_path_factory):
    """A node of its own: the judge goes past the proxy, the host through it."""
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), behind={"PROXIED": proxy.ports})
    with running(cluster) as view:
        yield view


@pytest.fixture
def bootstrap(kafka, proxy) -> str:
    return proxy.bootstrap


def accept_copies(bootstrap: str, topic: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    one = {"min.insync.replicas": "1"}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=one)])
    admin.close()


def test_invariant_1_a_refused_copy_is_not_taken_for_written_because_a_later_one_was(
    start_host, kafka, proxy, make_topic, group
):
    topic, retries = make_topic(1), retry_topic(group)
    # On one node, every copy is refused until this changes.
    refusing = {"min_insync_replicas": "2"}
    kafka.create_topic(retries, 1, message_timestamp_type="LogAppendTime", **refusing)
    patient = {"retry.backoff.ms": BACKOFF_MS, "retry.backoff.max.ms": BACKOFF_MS}
    keys = failing_keys(group, topic, {"max_retries": 1}, producer=patient)
    host = start_host("host", **keys)
    messages = []
    for number, value in enumerate((b"first", b"second"), start=1):
        messages += write(kafka, topic, [Draft(value, "fail:1")])
        attempts = Attempts(host)
        host.wait_for(f"{value} fails", lambda a=attempts, n=number: a.count() == n)
        let_pass("its copy is refused", 1.0)
    # Where several requests may be under way, both copies are sent again one behind the other: the
    # first one is refused once more, the second one reaches the broker when that has changed.
    hold = proxy.hold_request(PRODUCE, lambda frame: b"second" in frame.head)
    end = time.monotonic() + 2 * BACKOFF_SECONDS
    wait_until("both are sent again", lambda: hold.frame or time.monotonic() > end, 60)
    let_pass("the first one's refusal arrives", 0.5)
    accept_copies(kafka.bootstrap, retries)
    hold.release()
    attempts = Attempts(host)
    host.wait_for("both are attempted again", lambda: attempts.count() >= 4, 20)
    assert_same_messages(host.ledger.handled(), messages)
    assert host.terminate() == EXIT_OK, host.log_tail()
