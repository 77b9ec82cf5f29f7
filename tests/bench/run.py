# SPDX-License-Identifier: Apache-2.0
"""Benchmarks against a real Kafka: ./dev bench W1 W5 [--quick]. How: README.md."""
from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "bench")]

import profiling  # noqa: E402
import report  # noqa: E402
import topics  # noqa: E402
import workloads  # noqa: E402
from kafka_cluster import KafkaCluster, KafkaUnavailable  # noqa: E402
from kafka_process import jars  # noqa: E402
from processes import Failed  # noqa: E402

# The broker as people run it: a heap that is large enough, and the compiler that makes it fast.
JVM = ("-Xmx1g", "-Xms1g")
QUIET_LOAD = 0.5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split(":")[0])
    parser.add_argument("workloads", metavar="WORKLOAD", type=workload, nargs="*",
                        help="; ".join(f"{name}: {one.what}"
                                       for name, one in workloads.ALL.items()))
    parser.add_argument("--messages", type=int,
                        help="in each topic of small messages (W1: 10,000,000, others 2,000,000); "
                             "W1's of 1 KiB: a fifth")
    parser.add_argument("--rounds", type=int, default=5,
                        help="(%(default)s); 0: only --profile")
    parser.add_argument("--quick", action="store_true", help="a tenth of the messages, one round")
    parser.add_argument("--only", metavar="TEXT", action="append", default=[],
                        help="only the client called TEXT, or those whose name holds it")
    parser.add_argument("--topic", metavar="TEXT", action="append", default=[],
                        help="only the topic called TEXT, or those whose label holds it")
    parser.add_argument("--profile", nargs="?", const="auto", metavar="HOW",
                        choices=("auto", "perf", "callgrind"),
                        help="of W1: then say where Tidegate's time goes (perf or callgrind)")
    parser.add_argument("--keep", action="store_true",
                        help="keep Kafka's data; the next run finds the topics filled")
    parser.add_argument("--bootstrap", help="use this running Kafka; its topics stay")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release",
                        help="(%(default)s)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "bench",
                        help="results, logs, Kafka's data (%(default)s)")
    chosen = parser.parse_args()
    chosen.workloads = chosen.workloads or ["W1"]
    if chosen.profile and chosen.workloads != ["W1"]:
        parser.error("--profile is for W1 alone")
    if chosen.quick:
        chosen.rounds = 1
    return chosen


def workload(name: str) -> str:
    if name not in workloads.ALL:
        raise argparse.ArgumentTypeError(f"{name}: there are {', '.join(workloads.ALL)}")
    return name


def of_workload(chosen: argparse.Namespace, name: str) -> argparse.Namespace:
    """The options with the size that this workload has."""
    messages = chosen.messages or workloads.ALL[name].messages
    if chosen.quick:
        messages = max(1, messages // 10)
    return argparse.Namespace(**dict(vars(chosen), workload=name, messages=messages))


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
    for name in chosen.workloads:
        bench_one(of_workload(chosen, name), bootstrap)


def bench_one(chosen: argparse.Namespace, bootstrap: str) -> None:
    one = workloads.ALL[chosen.workload]
    contestants = selected(one.clients(chosen.build), chosen.only, lambda client: client.name)
    all_topics = selected(one.topics(chosen.messages), chosen.topic, lambda topic: topic.label)
    if chosen.rounds > 0:
        compare(chosen, bootstrap, contestants, list(one.yardsticks), all_topics)
    if chosen.profile:
        profiling.profile(chosen, bootstrap)


def compare(chosen: argparse.Namespace, bootstrap: str, contestants: list, yardsticks: list,
            all_topics: list) -> None:
    drains = measure(chosen, bootstrap, contestants, all_topics)
    order = [topic.label for topic in all_topics]
    results = report.medians(sorted(drains, key=lambda one: order.index(one.topic)))
    report.add_ratios(results, yardsticks)
    print(f"\n{chosen.workload}: {workloads.ALL[chosen.workload].what}")
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
