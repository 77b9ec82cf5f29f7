# SPDX-License-Identifier: Apache-2.0
"""The broker is stopped for a while, in the middle of things: nothing passes, nothing is lost."""

from __future__ import annotations

import pytest

from conftest import running
from failures import counted, failing_keys, let_pass
from host import EXIT_OK
from kafka_cluster import KafkaCluster
from kafka_view import View
from metrics import assert_adds_up
from outage import POISON_KEY, Outage


@pytest.fixture
def cluster(tmp_path_factory) -> KafkaCluster:
    return KafkaCluster(tmp_path_factory.mktemp("kafka"))


@pytest.fixture
def kafka(kafka, cluster):
    with running(cluster) as view:
        yield view


def test_invariant_1_no_position_passes_while_the_dead_letters_broker_is_stopped(
    start_host, kafka: View, cluster, make_topic, group, full, tmp_path
):
    topic = make_topic(2)
    gate = tmp_path / "gate"
    gate.touch()
    outage = Outage(kafka, topic, group)
    host = start_host(
        "host",
        **failing_keys(
            group,
            topic,
            {"mode": "none"},
            {"gate": str(gate), "gate_key": POISON_KEY.decode()},
            concurrency=2,
            commit={"interval": "50ms"},
            # librdkafka's default. A member whose session ends meanwhile gives its partitions up, and
            # what it had handled since its last commit comes again.
            consumer={"session.timeout.ms": "45000"},
        ),
    )
    # The handler has the message and has not answered: its copy is made when no broker is there.
    host.wait_for(
        "all in front of it is handled",
        lambda: host.ledger.count() == outage.poison.offset + kafka.ends(topic)[1]
        and kafka.committed(group, topic)[1] == kafka.ends(topic)[1],
    )
    cluster.stop()
    gate.unlink()
    calls = counted(host, "tidegate_handler_calls_total", kind="status")
    host.wait_for("the attempt has failed", lambda: calls() == 1)
    let_pass("the outage", 20 if full else 2)
    assert counted(host, "tidegate_dead_letters_total")() == 0
    assert_adds_up(host.scrape())
    cluster.start()
    outage.kafka = back = View(cluster.bootstrap)
    host.wait_for(
        "all is finished",
        lambda: outage.assert_nothing_passed_unwritten()
        or back.committed(group, topic) == back.ends(topic),
    )
    assert host.terminate() == EXIT_OK, host.log_tail()
    outage.assert_over([host], once=True)
    back.close()
