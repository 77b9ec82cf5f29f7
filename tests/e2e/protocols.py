# SPDX-License-Identifier: Apache-2.0
"""The ways in which a group shares partitions. What a host promises does not depend on them, so
tests about groups run with each: eager (two assignors), cooperative, KIP-848, and static members."""

from __future__ import annotations

PROTOCOLS = ["range", "roundrobin", "cooperative-sticky", "consumer", "static"]


def consumer_of(protocol: str, member: str) -> dict[str, str]:
    """The properties of the consumers of the host `member`; static members need a name each."""
    if protocol == "consumer":
        return {"group.protocol": "consumer"}
    if protocol == "static":
        return {"group.instance.id": member}
    return {"partition.assignment.strategy": protocol}
