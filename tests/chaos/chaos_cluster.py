# SPDX-License-Identifier: Apache-2.0
"""The cluster that all scenarios share: three brokers, small, with sessions short enough for many
faults a minute, and a fault proxy in front of each one for hosts that are to suffer it."""

from __future__ import annotations

from pathlib import Path

from kafka_cluster import KafkaCluster
from kafka_node import KafkaNode
from kafka_proxy import KafkaProxy

NODES = 3
JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
PROPERTIES = {
    "group.consumer.session.timeout.ms": "2500",
    # How long a partition waits for a frozen follower, and the cluster for a frozen broker: long
    # enough for a broker that only waits for a processor.
    "replica.lag.time.max.ms": "4000",
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
}


class ChaosCluster:
    def __init__(self, folder: Path) -> None:
        self.proxies = [KafkaProxy() for _ in range(NODES)]
        behind = [{"PROXIED": proxy.ports} for proxy in self.proxies]
        self._kafka = KafkaCluster(folder, 0, JVM, NODES, behind, PROPERTIES)

    @property
    def nodes(self) -> list[KafkaNode]:
        return self._kafka.nodes

    @property
    def bootstrap(self) -> str:
        return self._kafka.bootstrap

    @property
    def proxied_bootstrap(self) -> str:
        """Clients that begin here stay behind the proxies."""
        return ",".join(proxy.bootstrap for proxy in self.proxies)

    def start(self) -> None:
        try:
            self._kafka.start()
        except BaseException:
            self._close_proxies()  # their threads would keep this process
            raise

    def end(self) -> None:
        """Nothing of it is left."""
        self._kafka.stop()
        self._kafka.remove_data()
        self._close_proxies()

    def _close_proxies(self) -> None:
        for proxy in self.proxies:
            proxy.close()
