# SPDX-License-Identifier: Apache-2.0
"""The judge is judged: hosts that are broken on purpose (host/base/sabotage.hpp) are convicted,
each of what it does, with topic, partition and offset; an honest one is acquitted of all of it in
the same circumstances."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from host import build_folder
from host_troubles import RollHosts, StallHandlers
from scenarios import Group, Scenario
from stage import Between, Trouble
from trial import Result
from writer import Load

SEED = 5
SECONDS = 5.0
HONEST = "none"
AT_ONCE = 3  # trials; more would only compete for two cores
# Longer than a commit takes on a busy machine.
WAIT_IN_PLACE = {"mode": "in_place", "max_retries": 1, "delays": ["3s"]}
ROLL = RollHosts(every=Between(0.2, 0.5))
STALL = StallHandlers(every=Between(0.5, 1.0), stalled=Between(2.0, 2.5))


class Case(NamedTuple):
    """In `group`, this sabotage must lead to a finding of one of these kinds."""

    sabotage: str
    kinds: set[str]
    group: Group
    troubles: tuple[Trouble, ...] = ()


CASES = (
    # A call lasts longer than a commit takes on a busy machine, else the commit is none too early.
    Case("commit_on_poll", {"early_commit"}, Group("polls", delay_us=8_000)),
    Case(
        "commit_highest_finished",
        {"early_commit"},
        Group("highest", retry="in_place", ordering="key", more=(("retry", WAIT_IN_PLACE),)),
    ),
    Case(
        "commit_after_revoke",
        {"ownerless_commit", "went_back", "outlasted", "repeat"},
        Group("late", delay_us=5_000, calm=True),
        (ROLL,),
    ),
    Case(
        "finish_before_report",
        {"early_commit"},
        Group(
            "unreported",
            more=(("producer", {"linger.ms": "400"}), ("commit", {"interval": "100ms"})),
        ),
    ),
    Case(
        "drop_on_full_queue",
        {"lost", "early_commit"},
        Group("drops", more=(("max_in_flight_messages", 100),)),
        (STALL,),
    ),
    Case(
        "forget_paused",
        {"stuck"},
        Group("forgets", more=(("max_in_flight_messages", 40),)),
        (STALL,),
    ),
)


def circumstances(
    groups: tuple[Group, ...], troubles: tuple[Trouble, ...], deadline_seconds: float = 20.0
) -> Scenario:
    return Scenario(
        "judge",
        "two hosts under load",
        groups,
        troubles,
        members=2,
        load=Load(per_second=150, partitions=4, one_in=8),
        deadline_seconds=deadline_seconds,
    )


@pytest.fixture(scope="module")
def results(try_hosts) -> dict[str, Result]:
    """All trials, some side by side; the honest host's is called HONEST."""

    def run(sabotage: str, scenario: Scenario) -> Result:
        broken = {
            "program": build_folder() / "bin" / "tidegate_broken",
            "environment": {"TIDEGATE_SABOTAGE": sabotage},
        }
        return try_hosts(scenario, SEED, SECONDS, **({} if sabotage == HONEST else broken))

    asked = {case.sabotage: circumstances((case.group,), case.troubles) for case in CASES}
    # Failing messages of one key wait in place one after the other, 3 s each (WAIT_IN_PLACE).
    asked[HONEST] = circumstances(tuple(case.group for case in CASES), (ROLL, STALL), 60.0)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {name: pool.submit(run, name, scenario) for name, scenario in asked.items()}
    return {name: result.result() for name, result in running.items()}


@pytest.mark.parametrize("case", CASES, ids=[case.sabotage for case in CASES])
def test_a_broken_host_is_convicted_with_the_offset(results, case: Case):
    verdict = results[case.sabotage].verdicts[case.group.name]
    found = [finding for finding in verdict.findings if finding.kind in case.kinds]
    assert found, f"not convicted of {case.kinds}:\n{verdict.text()}"
    assert all(finding.place.topic and finding.place.offset >= 0 for finding in found)


def test_an_honest_host_is_acquitted_in_the_same_circumstances(results):
    honest = results[HONEST]
    assert not honest.guilty, honest.text()
    assert all(verdict.messages > 0 for verdict in honest.verdicts.values())


def test_what_operators_get_cannot_be_sabotaged():
    program = (build_folder() / "bin" / "tidegate").read_bytes()
    assert b"TIDEGATE_SABOTAGE" not in program
    assert b"TIDEGATE_SABOTAGE" in (build_folder() / "bin" / "tidegate_broken").read_bytes()
