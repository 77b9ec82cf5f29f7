# SPDX-License-Identifier: Apache-2.0
"""A Kafka as companies run it: TLS, passwords (SCRAM), and nobody may do what no rule allows.

Hosts use its listener SECURE. The tests' own client comes by the plain listener, where it is
ANONYMOUS, a super user. What the accounts of hosts may do: rights.py.
"""

from __future__ import annotations

from pathlib import Path

from certificates import make_authority, make_key_store
from kafka_cluster import KafkaCluster
from ports import LOOPBACK, free_port

ACCOUNT, PASSWORD = "orders-app", "no-secret-of-anybody"
MECHANISM = "SCRAM-SHA-512"
PLAIN = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"


class SecureKafka:
    def __init__(self, folder: Path, version: str = "*") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = make_authority(folder, "authority")
        self.other_authority = make_authority(folder, "other")
        port = free_port()
        self.address = f"{LOOPBACK}:{port}"
        self.cluster = KafkaCluster(
            folder / "kafka",
            behind={"SECURE": (port, port)},
            properties=properties_of(make_key_store(folder, self.authority)),
            version=version,
            format_with=("--add-scram", f"{MECHANISM}=[name={ACCOUNT},password={PASSWORD}]"),
        )

    def client(self, **more: str) -> dict[str, str]:
        """librdkafka's properties of a host's account; `more` replaces some, `_` for a dot."""
        return {
            "security.protocol": "SASL_SSL",
            "sasl.mechanisms": MECHANISM,
            "sasl.username": ACCOUNT,
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(self.authority),
            **{name.replace("_", "."): value for name, value in more.items()},
        }


def properties_of(key_store: Path) -> dict[str, str]:
    listener = "listener.name.secure"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return {
        "listener.security.protocol.map": f"{PLAIN},SECURE:SASL_SSL",
        f"{listener}.ssl.keystore.type": "PEM",
        f"{listener}.ssl.keystore.location": str(key_store),
        f"{listener}.sasl.enabled.mechanisms": MECHANISM,
        f"{listener}.{MECHANISM.lower()}.sasl.jaas.config": login,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": "User:ANONYMOUS",
    }
