# SPDX-License-Identifier: Apache-2.0
"""The scenarios: who produces how much, which groups of which hosts handle it, and what happens to
them. Every host runs a pipeline for each group, so that one SIGKILL tries all of them at once; each
group is judged by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cluster_troubles import DisturbBrokers, DisturbNetwork
from host_troubles import (
    FreezeHosts,
    KillHosts,
    RollHosts,
    StallHandlers,
    StopHosts,
    Storm,
)
from stage import Between, Trouble
from writer import Load

PROTOCOLS = {
    "eager": {"partition.assignment.strategy": "range"},
    "cooperative": {"partition.assignment.strategy": "cooperative-sticky"},
    "consumer": {"group.protocol": "consumer"},
}
# Who dies is missed soon; who only leaves need not be, and must not be dropped on a busy machine.
QUICK_SESSION = {"session.timeout.ms": "2500", "heartbeat.interval.ms": "300"}
CALM_SESSION = {"session.timeout.ms": "15000", "heartbeat.interval.ms": "300"}
COMMIT_INTERVAL_MS = 500
# From a message's end to the answer of the commit that covers it, on a machine that is busy.
WINDOW_MS = COMMIT_INTERVAL_MS + 4_000.0
MAX_RETRIES = 2
DELAYS = ("100ms", "200ms")


@dataclass(frozen=True)
class Group:
    name: str
    protocol: str = "cooperative"
    delivery: str = "at_least_once"
    retry: str = "topic"
    ordering: str = "partition"
    concurrency: int = 4
    delay_us: int = 300  # of each handler call
    calm: bool = False  # nobody dies
    more: tuple[tuple[str, object], ...] = ()  # keys of its pipeline, over those below

    def keys(self, group_id: str, source: str, ledger: dict, output: str) -> dict:
        """Of its pipeline; ledger: the files of the plugin."""
        ledger = {"path": "/dev/null", **ledger, "headers": True, "delay_us": self.delay_us}
        if output:
            ledger["emit_to"] = output
        session = CALM_SESSION if self.calm else QUICK_SESSION
        if self.protocol == "consumer":  # then it is the brokers'
            session = {}
        return {
            "group_id": group_id,
            "topics": [source],
            "start_offset": "earliest",
            "delivery": self.delivery,
            "ordering": self.ordering,
            "concurrency": self.concurrency,
            "commit": {"interval": f"{COMMIT_INTERVAL_MS}ms"},
            "retry": {"mode": self.retry, "max_retries": MAX_RETRIES, "delays": list(DELAYS)},
            "dead_letter": {"max_ratio": 1.0},  # the limiter is not the question
            "consumer": {**PROTOCOLS[self.protocol], **session},
            "ledger": ledger,
            **dict(self.more),
        }


@dataclass(frozen=True)
class Scenario:
    name: str
    what: str
    groups: tuple[Group, ...]
    troubles: tuple[Trouble, ...]
    members: int = 3
    load: Load = Load()
    # Brokers or networks in trouble: commits wait for them, and so may any repeat.
    commits_impeded: bool = False
    proxied: bool = False  # the hosts' connections run through the fault proxies
    deadline_seconds: float = 30.0  # from the last fault until the lag is 0


def groups(*names: str) -> tuple[Group, ...]:
    """ "eager-topic": by group protocol and retry mode. Where failed messages wait in place, their
    lanes are keys, so that others can pass."""
    found = []
    for name in names:
        protocol, _, retry = name.partition("-")
        ordering = "key" if retry == "in_place" else "partition"
        found.append(Group(name, protocol, retry=retry, ordering=ordering))
    return tuple(found)


def calm(some: tuple[Group, ...]) -> tuple[Group, ...]:
    """For clean ends: in lanes of partitions, where nothing finishes in front of a position. There a
    failed message that waits in place holds up its whole partition, so it must not wait long: or
    what hosts that are stopped all the time can handle is less than what is written."""
    short = (("retry", {"mode": "in_place", "max_retries": MAX_RETRIES, "delays": ["10ms", "20ms"]}),)
    return tuple(
        replace(
            group,
            ordering="partition",
            calm=True,
            more=short if group.retry == "in_place" else group.more,
        )
        for group in some
    )


# With each retry mode once, and then the other way round.
THREE = groups("eager-topic", "cooperative-in_place", "consumer-topic")
SWAPPED = groups("eager-in_place", "cooperative-topic", "consumer-in_place")
ONCE = tuple(
    Group(f"once-{ordering}", delivery="exactly_once", ordering=ordering)
    for ordering in ("partition", "key")
)

ALL = {
    one.name: one
    for one in (
        Scenario(
            "kills",
            "three hosts, SIGKILL at random points under load",
            THREE,
            (KillHosts(),),
        ),
        Scenario(
            "kills-swapped",
            "the same, each group protocol with the other retry mode",
            SWAPPED,
            (KillHosts(),),
        ),
        Scenario(
            "stops",
            "three hosts, SIGTERM at random points under load: none lost, none twice",
            calm(THREE),
            (StopHosts(),),
        ),
        Scenario(
            "rolls",
            "rolling restarts of two of three hosts: none lost, none twice",
            calm(SWAPPED),
            (RollHosts(),),
        ),
        Scenario(
            "stalls",
            "handlers stand still until bounds are full, and hosts are killed meanwhile",
            tuple(replace(group, more=(("max_in_flight_messages", 200),)) for group in THREE),
            (StallHandlers(), KillHosts(every=Between(3.0, 10.0))),
        ),
        Scenario(
            "zombies",
            "hosts frozen past their session, then woken",
            (*THREE, ONCE[0]),
            (FreezeHosts(),),
        ),
        Scenario(
            "storm",
            "twelve members come and go at random, at most 60 % at once",
            groups("cooperative-topic", "consumer-topic"),
            (Storm(),),
            members=12,
            load=Load(partitions=12),
        ),
        Scenario(
            "once-kills",
            "exactly_once, SIGKILL at random points under load",
            ONCE,
            (KillHosts(every=Between(1.0, 5.0)),),
        ),
        Scenario(
            "brokers",
            "one of three brokers killed or frozen under load",
            THREE,
            (DisturbBrokers(),),
            members=2,
            commits_impeded=True,
            deadline_seconds=60.0,
        ),
        Scenario(
            "once-brokers",
            "exactly_once, one of three brokers killed or frozen under load",
            ONCE,
            (DisturbBrokers(),),
            members=2,
            commits_impeded=True,
            deadline_seconds=60.0,
        ),
        Scenario(
            "network",
            "hosts cut off from brokers, half-open connections, delay, little bandwidth",
            (*THREE, ONCE[0]),
            (DisturbNetwork(),),
            members=2,
            commits_impeded=True,
            proxied=True,
            deadline_seconds=60.0,
        ),
    )
}
