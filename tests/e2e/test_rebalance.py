# SPDX-License-Identifier: Apache-2.0
"""Hosts of one group come, go and freeze (DESIGN §2: invariants 3 and 5)."""

from __future__ import annotations

import threading

import pytest
import requests

from host import EXIT_OK, Host
from kafka_view import View
from ledger import Call, assert_each_once, assert_lane_order, assert_same_messages, lanes
from metrics import Scrape, assert_adds_up
from protocols import PROTOCOLS, consumer_of
from waiting import wait_until

ALL_PARTITIONS = 6


class Scraper:
    """Scrapes hosts all the time in a thread of its own; invariant 5 must hold in every answer."""

    def __init__(self, hosts: list[Host]) -> None:
        self._hosts, self._stop = hosts, threading.Event()
        self.scrapes, self.broken = 0, []
        self._thread = threading.Thread(target=self._run, name="scraper")

    def __enter__(self) -> Scraper:
        self._urls = [host.url("/metrics") for host in self._hosts]
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.01):
            for url in self._urls:
                try:
                    assert_adds_up(Scrape(requests.get(url, timeout=5).text))
                    self.scrapes += 1
                except requests.RequestException:
                    pass  # that host has ended
                except AssertionError as wrong:
                    self.broken.append(str(wrong))


class PositionSampler:
    """Reads a group's committed positions all the time; one that goes back is kept as evidence."""

    def __init__(self, bootstrap: str, group: str, topic: str) -> None:
        self._where = (bootstrap, group, topic)
        self._stop = threading.Event()
        self.samples, self.went_back = 0, []
        self._thread = threading.Thread(target=self._run, name="positions")

    def __enter__(self) -> PositionSampler:
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        bootstrap, group, topic = self._where
        view, last = View(bootstrap), {}
        while not self._stop.wait(0.02):
            now = view.committed(group, topic)
            self.went_back += [(p, o, now.get(p)) for p, o in last.items() if now.get(p, -1) < o]
            self.samples, last = self.samples + 1, now
        view.close()


def keys_of(backlog, group: str, **more) -> dict:
    return {
        "group_id": group,
        "topics": [backlog[0].topic],
        "start_offset": "earliest",
        "concurrency": 2,
        "ledger": {"delay_us": 100},
        **more,
    }


def start_member(start_host, name: str, protocol: str, keys: dict) -> Host:
    return start_host(name, **keys, consumer=consumer_of(protocol, name))


def calls_of(hosts: list[Host]) -> list[Call]:
    return [call for host in hosts for call in host.ledger.calls()]


def wait_all_handled(hosts: list[Host], expected: set) -> None:
    wait_until(
        f"{len(expected)} messages are handled by {[host.name for host in hosts]}",
        lambda: len(calls_of(hosts)) >= len(expected)
        and expected <= {call.message for call in calls_of(hosts)},
        120,
        lambda: "\n".join(host.log_tail() for host in hosts),
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_hosts_share_and_a_third_joins_and_leaves_and_each_message_is_handled_once(
    start_host, kafka: View, backlog, group, protocol
):
    keys = keys_of(backlog, group)
    hosts = [start_member(start_host, name, protocol, keys) for name in ("first", "second")]
    first, second = hosts
    for host in hosts:
        host.wait_handled(2_000)
    with Scraper(hosts) as scraper, PositionSampler(
        kafka.bootstrap, group, backlog[0].topic
    ) as positions:
        third = start_member(start_host, "third", protocol, keys)
        hosts.append(third)
        third.wait_handled(1_000)
        assert third.terminate() == EXIT_OK, third.log_tail()
        wait_all_handled(hosts, set(backlog))
    for host in (first, second):
        assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once([call.message for call in calls_of(hosts)], backlog)
    assert_lane_order(calls_of(hosts), lambda call: call.message.partition)
    assert kafka.committed(group, backlog[0].topic) == kafka.ends(backlog[0].topic)
    assert positions.samples > 10 and not positions.went_back, positions.went_back
    assert scraper.scrapes > 10 and not scraper.broken, scraper.broken[:3]


@pytest.mark.parametrize(
    ("protocol", "ordering"),
    [*((protocol, "partition") for protocol in PROTOCOLS), ("cooperative-sticky", "none")],
)
def test_invariant_3_revoke_is_stop_drain_commit_give_up(
    start_host, kafka: View, make_topic, group, protocol, ordering
):
    """Calls under way at a revocation end and count; none outlives the next owner's first call."""
    topic = make_topic(4)
    messages = kafka.produce_unique(topic, 4, 600)
    keys = {
        "group_id": group,
        "topics": [topic],
        "start_offset": "earliest",
        "concurrency": 4,
        "ordering": ordering,
        "ledger": {"delay_us": 50_000},
    }
    first = start_member(start_host, "first", protocol, keys)
    first.wait_handled(40)
    second = start_member(start_host, "second", protocol, keys)
    second.wait_handled(40)
    hosts = [first, second]
    wait_all_handled(hosts, set(messages))
    for host in hosts:
        assert host.terminate() == EXIT_OK, host.log_tail()
    handled = [call.message for call in calls_of(hosts)]
    if ordering == "partition":
        assert_each_once(handled, messages)
    else:  # what was finished ahead of an unfinished message is not covered by the position
        assert_same_messages(handled, messages)
    assert_calls_end_before_the_next_owner_begins(first, second)


def assert_calls_end_before_the_next_owner_begins(first: Host, second: Host) -> None:
    before = lanes(first.ledger.calls(), lambda call: call.message.partition)
    after = lanes(second.ledger.calls(), lambda call: call.message.partition)
    moved = before.keys() & after.keys()
    assert moved, "no partition changed hands with work under way"
    for partition in moved:
        last_end = max(call.end_ns for call in before[partition])
        first_begin = min(call.begin_ns for call in after[partition])
        assert last_end <= first_begin, f"partition {partition}: a call outlived its ownership"


def test_invariant_5_everything_adds_up_at_any_scrape(start_host, kafka: View, backlog, group):
    """Hosts come and go, with lanes by key and a tight bound; all are scraped all the time."""
    keys = keys_of(
        backlog,
        group,
        ordering="key",
        concurrency=4,
        max_in_flight_messages=2_000,
    )
    hosts = [start_host("stays", **keys)]
    hosts[0].wait_handled(1_000)
    with Scraper(hosts[:1]) as scraper:
        for number in range(3):
            visitor = start_host(f"visitor-{number}", **keys)
            hosts.append(visitor)
            with Scraper([visitor]) as of_visitor:
                visitor.wait_handled(500)
                assert visitor.terminate() == EXIT_OK, visitor.log_tail()
            assert of_visitor.scrapes > 0 and not of_visitor.broken, of_visitor.broken[:3]
        wait_all_handled(hosts, set(backlog))
        last = hosts[0].scrape()
    assert scraper.scrapes > 20 and not scraper.broken, scraper.broken[:3]
    assert_adds_up(last)
    terms = last.terms("main")
    given_back = sum(line["given_back"] for host in hosts[1:] for line in host.events("summary"))
    assert given_back + terms["given_back"] > 0, "a revocation was to give messages back"
    assert terms["ok"] == hosts[0].ledger.count()
    assert hosts[0].terminate() == EXIT_OK, hosts[0].log_tail()


def given_up(host: Host) -> list[dict]:
    """What its consumer of the topic was told. To the client partitions are lost when a heartbeat says
    that it is no member any more, and revoked when the answer to a commit comes first."""
    told = host.events("partitions_lost") + host.events("partitions_revoked")
    return [event for event in told if event["consumer"] == 0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_frozen_host_commits_nothing_for_what_it_lost(
    start_host, kafka: View, backlog, group, protocol
):
    """SIGSTOP past the session, another takes over: no position goes back, none is lost."""
    keys = keys_of(backlog, group, commit={"interval": "100ms"})
    frozen = start_member(start_host, "frozen", protocol, keys)
    healthy = start_member(start_host, "healthy", protocol, keys)
    for host in (frozen, healthy):
        host.wait_handled(2_000)
    topic = backlog[0].topic
    with PositionSampler(kafka.bootstrap, group, topic) as positions:
        frozen.freeze()
        at = kafka.committed(group, topic)
        healthy.wait_for(
            "the healthy host owns every partition",
            lambda: healthy.assigned() >= ALL_PARTITIONS,
            30,
        )
        healthy.wait_for(
            "every partition moves on without the frozen host",
            lambda: all(kafka.committed(group, topic)[p] > o for p, o in at.items()),
        )
        before = len(given_up(frozen))
        frozen.thaw()
        frozen.wait_for(
            "the thawed host knows what it lost", lambda: len(given_up(frozen)) > before
        )
        wait_all_handled([frozen, healthy], set(backlog))
        for host in (frozen, healthy):
            assert host.terminate() == EXIT_OK, host.log_tail()
    assert positions.samples > 10 and not positions.went_back, positions.went_back
    assert_same_messages([call.message for call in calls_of([frozen, healthy])], backlog)
    assert kafka.committed(group, topic) == kafka.ends(topic)
