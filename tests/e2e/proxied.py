# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests whose hosts reach Kafka through a proxy: `from proxied import bootstrap, kafka,
proxy`. The node is the module's own. The judge (`kafka`) goes past the proxy, hosts through it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import running
from kafka_cluster import KafkaCluster
from kafka_proxy import KafkaProxy
from kafka_view import View


@pytest.fixture(scope="module")
def proxy() -> Iterator[KafkaProxy]:
    made = KafkaProxy()
    yield made
    made.close()


@pytest.fixture(scope="module")
def kafka(kafka, proxy, tmp_path_factory) -> Iterator[View]:
    cluster = KafkaCluster(tmp_path_factory.mktemp("kafka"), behind={"PROXIED": proxy.ports})
    with running(cluster) as view:
        yield view


@pytest.fixture
def bootstrap(proxy) -> str:
    return proxy.bootstrap
