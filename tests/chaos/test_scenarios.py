# SPDX-License-Identifier: Apache-2.0
"""A short run of each scenario, with a seed that is the same every day. `./dev chaos` runs them for
longer and with other seeds."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from scenarios import ALL
from trial import Result

SEED = 1
SECONDS = 7.0
AT_ONCE = 2  # more would compete for two cores, and be slow rather than in trouble
OF_HOSTS = (
    "kills",
    "kills-swapped",
    "rolls",
    "stalls",
    "zombies",
    "once-kills",
    "storm",
    "network",
)
OF_BROKERS = ("brokers", "once-brokers")  # nobody else's may be away


@pytest.fixture(scope="module")
def running(try_hosts) -> dict[str, Future[Result]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: pool.submit(try_hosts, ALL[name], SEED, SECONDS) for name in OF_HOSTS}


def assert_acquitted(result: Result) -> None:
    assert sum(result.faults.values()) > 0, "there were to be faults"
    assert all(verdict.messages > 0 for verdict in result.verdicts.values())
    assert not result.guilty, result.text()


@pytest.mark.parametrize("name", OF_HOSTS)
def test_hosts_in_trouble_are_acquitted(running, name):
    assert_acquitted(running[name].result())


@pytest.mark.parametrize("name", OF_BROKERS)
def test_hosts_whose_brokers_are_in_trouble_are_acquitted(try_hosts, name):
    assert_acquitted(try_hosts(ALL[name], SEED, SECONDS))
