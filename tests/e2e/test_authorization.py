# SPDX-License-Identifier: Apache-2.0
"""A right that the host's account lacks: what docs/delivery.md, docs/failing-messages.md and the
SDK's README say of it. Kafka's own authorizer; everybody is ANONYMOUS and may do what no rule
forbids."""

from __future__ import annotations

import pytest
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)

from conftest import running
from copies import Topics, origins, read_copies
from failures import counted, failing_keys, run_until_caught_up
from host import EXIT_FAILED, EXIT_OK
from kafka_cluster import AUTHORIZER, KafkaCluster
from kafka_view import View
from metrics import assert_adds_up
from outage import Outage

ANYBODY, ANYWHERE = "User:*", "*"


@pytest.fixture(scope="module")
def kafka(kafka, tmp_path_factory):
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), properties=AUTHORIZER)
    with running(cluster) as view:
        yield view


class Rights:
    """On one resource: everything is allowed but what is denied."""

    def __init__(self, kafka: View, kind: ResourceType, name: str, prefixed: bool = False) -> None:
        self._admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        way = ACLResourcePatternType.PREFIXED if prefixed else ACLResourcePatternType.LITERAL
        self._resource = ResourcePattern(kind, name, way)

    def deny(self, operation: ACLOperation) -> None:
        rules = [
            ACL(ANYBODY, ANYWHERE, ACLOperation.ALL, ACLPermissionType.ALLOW, self._resource),
            ACL(ANYBODY, ANYWHERE, operation, ACLPermissionType.DENY, self._resource),
        ]
        assert not self._admin.create_acls(rules)["failed"]

    def allow_all(self) -> None:
        self._admin.delete_acls(
            [ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, self._resource)]
        )


def test_invariant_1_no_position_passes_while_the_dead_letter_may_not_be_written(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    outage = Outage(kafka, topic, group)
    with Topics(kafka) as topics:
        topics.create(outage.dead_letter, 2, max_message_bytes=str(1_048_588 + 65_536))
    rights = Rights(kafka, ResourceType.TOPIC, outage.dead_letter)
    rights.deny(ACLOperation.WRITE)
    keys = failing_keys(group, topic, {"mode": "none"}, commit={"interval": "50ms"})
    host = start_host("host", **keys)
    paused = counted(host, "tidegate_paused_partitions", reason="dead_letter")
    host.wait_for("the pause is told", lambda: paused() == 1)
    refused = host.wait_event("copy_refused", to=outage.dead_letter)
    assert "TOPIC_AUTHORIZATION_FAILED" in refused["error"], refused
    host.wait_for(
        "the other partition goes on",
        lambda: kafka.committed(group, topic).get(1) == kafka.ends(topic)[1],
    )
    failures = counted(host, "tidegate_dead_letter_publish_failures_total")
    host.wait_for("it is tried again", lambda: failures() >= 2)
    assert outage.not_passed(), kafka.committed(group, topic)
    assert_adds_up(host.scrape())
    rights.allow_all()
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    assert host.terminate() == EXIT_OK, host.log_tail()
    outage.assert_over([host], once=True)


@pytest.mark.parametrize("delivery", ["at_least_once", "exactly_once"])
def test_an_emit_to_a_topic_that_may_not_be_written_fails_the_attempt(
    start_host, kafka: View, make_topic, group, delivery
):
    topic, output = make_topic(2), make_topic(1)
    messages = kafka.produce_unique(topic, 2, 6)
    Rights(kafka, ResourceType.TOPIC, output).deny(ACLOperation.WRITE)
    keys = failing_keys(group, topic, {"max_retries": 1}, {"emit_to": output}, delivery=delivery)
    run_until_caught_up(start_host, "only", **keys, dead_letter={"max_ratio": 1.0})
    dead = read_copies(kafka, f"{group}.dlq", "read_committed")
    assert origins(dead) == set(messages)
    assert {(copy.header("error-kind"), copy.header("attempt")) for copy in dead} == {("emit", "2")}
    assert all("AUTHORIZATION" in copy.header("error").upper() for copy in dead), dead[0]
    assert read_copies(kafka, output) == []


def test_a_transactional_id_that_may_not_be_used_fails_the_pipeline(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(2)
    kafka.produce_unique(topic, 2, 6)
    # The documented one, so this also says that the documented right is the one that counts.
    Rights(kafka, ResourceType.TRANSACTIONAL_ID, f"{group}.one.", prefixed=True).deny(
        ACLOperation.WRITE
    )
    host = start_host(
        "host",
        arguments=("--set", "host.instance=one"),
        **failing_keys(group, topic, {"max_retries": 1}, delivery="exactly_once"),
    )
    assert host.wait_exit() == EXIT_FAILED, host.log_tail()
    failed = host.events("pipeline_failed")[0]["error"]
    assert "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" in failed
