# SPDX-License-Identifier: Apache-2.0
"""A short run of each scenario, with a seed that is the same every day. `./dev chaos` runs them for
longer and with other seeds."""

from __future__ import annotations

import pytest

from scenarios import ALL

SEED = 1
SECONDS = {
    "kills": 8.0,
    "kills-swapped": 8.0,
    "rolls": 8.0,
    "zombies": 8.0,
    "storm": 8.0,
    "once-kills": 8.0,
    "brokers": 8.0,
    "network": 8.0,
}


@pytest.mark.parametrize("name", SECONDS)
def test_the_judge_acquits_after(try_hosts, name):
    result = try_hosts(ALL[name], SEED, SECONDS[name])
    assert sum(result.faults.values()) > 0, "there were to be faults"
    assert all(verdict.messages > 0 for verdict in result.verdicts.values())
    assert not result.guilty, result.text()
