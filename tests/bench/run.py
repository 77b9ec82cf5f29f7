# SPDX-License-Identifier: Apache-2.0
"""Benchmarks against a real Kafka: ./dev bench W1 [--quick]. How: README.md."""
from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "bench")]

import allocators  # noqa: E402
import clients  # noqa: E402
import profiling  # noqa: E402
import report  # noqa: E402
import topics  # noqa: E402
from kafka_cluster import KafkaCluster, KafkaUnavailable, jars  # noqa: E402
from processes import Failed  # noqa: E402

# The broker as people run it: a heap that is large enough, and the compiler that makes it fast.
JVM = ("-Xmx1g", "-Xms1g")
QUIET_LOAD = 0.5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split(":")[0])
    parser.add_argument("workload", choices=("W1", "allocators"), nargs="?", default="W1",
                        help="W1: drain a backlog. allocators: the same under each malloc")
    parser.add_argument("--messages", type=int, default=10_000_000,
                        help="in each topic of small messages (%(default)s); 1 KiB ones: a fifth")
    parser.add_argument("--rounds", type=int, default=5,
                        help="(%(default)s); 0: only --profile")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, one round")
    parser.add_argument("--only", metavar="TEXT", action="append", default=[],
                        help="only the client called TEXT, or those whose name holds it")
    parser.add_argument("--topic", metavar="TEXT", action="append", default=[],
                        help="only the topic called TEXT, or those whose label holds it")
    parser.add_argument("--profile", nargs="?", const="auto", metavar="HOW",
                        choices=("auto", "perf", "callgrind"),
                        help="then say where Tidegate's time goes (perf or callgrind)")
    parser.add_argument("--keep", action="store_true",
                        help="keep Kafka's data; the next run finds the topics filled")
    parser.add_argument("--bootstrap", help="use this running Kafka; its topics stay")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release",
                        help="(%(default)s)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench",
                        help="results, logs, Kafka's data (%(default)s)")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.messages, chosen.rounds = max(1, chosen.messages // 10), 1
    return chosen


def selected(things: list, wanted: list[str], name) -> list:
    kept = [thing for thing in things if not wanted or name(thing) in wanted]
    kept = kept or [thing for thing in things if any(text in name(thing) for text in wanted)]
    if not kept:
        raise Failed(f"nothing is called {', '.join(wanted)}; there are: "
                     + ", ".join(name(thing) for thing in things))
    return kept


def measure(chosen: argparse.Namespace, bootstrap: str, contestants: list,
            all_topics: list) -> list:
    """Interleaved: every client once a round, each round beginning with another one."""
    work = chosen.folder / "runs"
    drains = []
    for topic in all_topics:
        topics.fill(chosen.build / "bin" / "tidegate_bench_fill", bootstrap, topic, work / "fill")
    for topic in all_topics:
        contestants[0].drain(bootstrap, topic, work)  # warms caches and the broker; not counted
        for turn in range(chosen.rounds):
            start = turn % len(contestants)
            for client in contestants[start:] + contestants[:start]:
                one = client.drain(bootstrap, topic, work)
                drains.append(one)
                print(f"{topic.label}, round {turn + 1}: {client.name}: "
                      f"{one.messages_per_second / 1e6:.2f} M/s, "
                      f"{one.cpu_per_million:.3f} CPU s/M, {one.peak_mib:.0f} MiB", flush=True)
    order = [client.name for client in contestants]
    return sorted(drains, key=lambda one: order.index(one.client))  # stable: rounds stay in order


def bench(chosen: argparse.Namespace, bootstrap: str) -> None:
    if chosen.workload == "allocators":
        contestants, yardsticks = allocators.clients_of(chosen.build), ["raw tcmalloc"]
    else:
        contestants, yardsticks = clients.w1(chosen.build), ["raw", "raw system malloc"]
    contestants = selected(contestants, chosen.only, lambda client: client.name)
    all_topics = selected(topics.w1(chosen.messages), chosen.topic, lambda topic: topic.label)
    if chosen.rounds > 0:
        compare(chosen, bootstrap, contestants, yardsticks, all_topics)
    if chosen.profile:
        profiling.profile(chosen, bootstrap)


def compare(chosen: argparse.Namespace, bootstrap: str, contestants: list, yardsticks: list,
            all_topics: list) -> None:
    drains = measure(chosen, bootstrap, contestants, all_topics)
    order = [topic.label for topic in all_topics]
    results = report.medians(sorted(drains, key=lambda one: order.index(one.topic)))
    report.add_ratios(results, yardsticks)
    report.print_tables(results, yardsticks)
    stamp = datetime.datetime.now().strftime("%Y-%m-%dT%H%M%S")
    versions = {"tidegate": report.revision(ROOT), "kafka": jars().name,
                "librdkafka": next((one.details["librdkafka"] for one in drains
                                    if "librdkafka" in one.details), "")}
    plain = {key: value if isinstance(value, (int, list, type(None))) else str(value)
             for key, value in vars(chosen).items()}
    report.write(chosen.folder / f"{chosen.workload}-{stamp}.json", chosen.workload, plain,
                 versions, drains, results)


def main() -> int:
    chosen = options()
    if os.getloadavg()[0] > QUIET_LOAD:
        print(f"note: the machine is busy (load {os.getloadavg()[0]:.2f}); figures will be noisy")
    try:
        if chosen.bootstrap:
            bench(chosen, chosen.bootstrap)
            return 0
        kafka = KafkaCluster(chosen.folder / "kafka", jvm=JVM)
        try:
            kafka.start()
            bench(chosen, kafka.bootstrap)
        finally:
            kafka.stop()
            if not chosen.keep:
                kafka.remove_data()
    except (Failed, KafkaUnavailable) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
