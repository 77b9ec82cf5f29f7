# SPDX-License-Identifier: Apache-2.0
"""One run of one scenario: topics, hosts, load, faults, the end of all faults, and the verdict."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chaos_cluster import ChaosCluster
from cluster_troubles import heal, heal_brokers
from collect import (
    add_ownership,
    read_failed,
    read_inputs,
    read_outputs,
    read_tries,
    wall_minus_monotonic_ms,
)
from copies import retry_topic
from evidence import Evidence
from fleet import Member
from group_end import GroupEnd, group_end
from host import Host
from kafka_view import View
from oracle import Verdict, judge
from position_log import PositionLog
from scenarios import DELAYS, WINDOW_MS, Group, Scenario
from stage import Stage, play
from waiting import wait_until
from writer import Write, Writer

OUTPUT_PARTITIONS = 4
START_SECONDS = 60


@dataclass
class Result:
    scenario: str
    seed: int
    seconds: float
    faults: Counter[str]
    verdicts: dict[str, Verdict]
    story: list[str]

    @property
    def guilty(self) -> bool:
        return any(verdict.guilty for verdict in self.verdicts.values())

    def text(self) -> str:
        return "\n".join(
            f"{self.scenario}, seed {self.seed}, group {group}:\n{verdict.text()}"
            for group, verdict in self.verdicts.items()
            if verdict.guilty
        )


class Trial:
    """program, environment: of hosts that are not the release build's (test_judge.py)."""

    def __init__(
        self,
        folder: Path,
        cluster: ChaosCluster,
        kafka: View,
        scenario: Scenario,
        seed: int,
        program: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.scenario, self.seed = scenario, seed
        self._folder, self._gate = folder, folder / "gate"
        self._cluster, self._kafka = cluster, kafka
        self._program, self._environment = program, environment
        self._run = f"{scenario.name}-{uuid.uuid4().hex[:6]}"
        self._source = kafka.create_topic(self._run, scenario.load.partitions)
        self._outputs = {
            group.name: kafka.create_topic(f"{self._run}.{group.name}.out", OUTPUT_PARTITIONS)
            for group in scenario.groups
            if group.delivery == "exactly_once"
        }
        self.members = [Member(f"host{i + 1}", self._make(i)) for i in range(scenario.members)]

    def run(self, seconds: float) -> Result:
        """Faults for so long, then as long as it takes until all is caught up."""
        position_log = PositionLog(self._kafka)
        offset_ms = wall_minus_monotonic_ms()
        load = self.scenario.load
        writer = Writer(self._cluster.bootstrap, self._source, self._run, load, self.seed)
        try:
            for member in self.members:
                member.start()
            writer.start()
            self._wait_for_the_first_assignments()
            nodes, proxies = self._cluster.nodes, self._cluster.proxies
            stage = Stage(self.members, nodes, proxies, self._gate, time.monotonic() + seconds)
            play(stage, [s for t in self.scenario.troubles for s in t.of(stage, self.seed)])
            quiet = time.monotonic()
            written = writer.stop()
            ends = self._wait_for_the_end(quiet)
            self._stop_all()
        finally:
            heal_brokers(self._cluster.nodes)
            for proxy in self._cluster.proxies if self.scenario.proxied else ():
                heal(proxy)
            writer.stop()
            for member in self.members:
                member.end()
        verdicts = self._judge(position_log, offset_ms, written, ends)
        return Result(
            self.scenario.name, self.seed, seconds, stage.faults, verdicts, stage.story
        )

    # Hosts

    def group_id(self, group: Group) -> str:
        return f"{self._run}.{group.name}"

    def _attempts(self, group: Group) -> Path:
        return self._folder / f"attempts-{group.name}.tsv"

    def _make(self, index: int):
        pipelines = {
            group.name: group.keys(
                self.group_id(group),
                self._source,
                {"attempts": str(self._attempts(group)), "gate": str(self._gate)},
                self._outputs.get(group.name, ""),
            )
            for group in self.scenario.groups
        }
        member = f"host{index + 1}"
        state = self._folder / f"state-{member}"
        arguments = ("--set", f"host.state_dir={state}", "--set", f"host.instance={member}")
        cluster = self._cluster
        bootstrap = cluster.proxied_bootstrap if self.scenario.proxied else cluster.bootstrap
        return lambda name: Host(
            self._folder,
            name,
            bootstrap,
            pipelines,
            arguments,
            self._program,
            self._environment,
        )

    def _wait_for_the_first_assignments(self) -> None:
        for group in self.scenario.groups:
            wait_until(
                f"{group.name} has owners",
                lambda g=group: any(member.has_joined(g.name) for member in self.members),
                START_SECONDS,
                lambda: self.members[0].host.log_tail(),
            )

    def _stop_all(self) -> None:
        for member in self.members:
            member.ask_to_stop()
        for member in self.members:
            member.host.wait_exit()
            member.stopped()

    # The end

    def _topics(self, group: Group) -> list[str]:
        """In the order in which a message wanders."""
        own = [retry_topic(self.group_id(group), delay) for delay in DELAYS]
        return [self._source, *(own if group.retry == "topic" else [])]

    def _wait_for_the_end(self, quiet: float) -> dict[str, GroupEnd]:
        deadline = quiet + self.scenario.deadline_seconds
        return {
            group.name: group_end(
                self._kafka, self.group_id(group), self._topics(group), quiet, deadline
            )
            for group in self.scenario.groups
        }

    def _keep(self, group: Group, evidence: Evidence) -> None:
        """What only the brokers had, beside logs and ledgers, for whoever looks into a verdict."""
        for name in ("commits", "periods", "copies", "refusals"):
            lines = ("\t".join(map(str, one)) for one in getattr(evidence, name))
            path = self._folder / f"{name}-{group.name}.tsv"
            path.write_text("".join(f"{line}\n" for line in lines))

    def _judge(self, position_log, offset_ms, written: list[Write], ends):
        inputs = read_inputs(self._kafka, self._source)
        commits = position_log.read({self.group_id(g) for g in self.scenario.groups})
        lives = [life for member in self.members for life in member.lives]
        verdicts = {}
        for group in self.scenario.groups:
            group_id = self.group_id(group)
            isolated = "read_committed" if group.delivery == "exactly_once" else "read_uncommitted"
            own = self._topics(group)[1:]
            output = self._outputs.get(group.name)
            evidence = Evidence(
                group_id,
                self._source,
                group.delivery,
                group.retry,
                group.ordering,
                window_ms=None if self.scenario.commits_impeded else WINDOW_MS,
                inputs=inputs,
                acknowledged={w.place: w.value for w in written if w.state == "ok"},
                tries=read_tries(self._attempts(group), offset_ms),
                copies=read_failed(
                    self._kafka, own, f"{group_id}.dlq", isolated, offset_ms
                ),
                outputs=read_outputs(self._kafka, output) if output else [],
                commits=commits[group_id],
                positions=ends[group.name].positions,
                ends=ends[group.name].ends,
                caught_up_ms=ends[group.name].caught_up_ms,
                deadline_ms=self.scenario.deadline_seconds * 1000,
            )
            add_ownership(evidence, lives, group.name)
            if group.calm:  # no reason why a commit should fail
                evidence.refusals = [r for r in evidence.refusals if r.event == "drain_timeout"]
            self._keep(group, evidence)
            verdicts[group.name] = judge(evidence)
        return verdicts
