# SPDX-License-Identifier: Apache-2.0
"""Hosts, brokers and networks in trouble, and a judge: ./dev chaos [scenario ...]; README.md."""

from __future__ import annotations

import argparse
import faulthandler
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "chaos")]

from chaos_cluster import ChaosCluster  # noqa: E402
from kafka_process import KafkaUnavailable  # noqa: E402
from kafka_view import View  # noqa: E402
from report import append_json, table, totals  # noqa: E402
from scenarios import ALL  # noqa: E402
from trial import Result, Trial  # noqa: E402

EXIT_OK, EXIT_GUILTY, EXIT_COULD_NOT_RUN = 0, 1, 77


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev chaos",
        description="Runs scenarios of faults against hosts under load, judged by their ledgers.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="scenarios:\n" + "\n".join(f"  {s.name:14} {s.what}" for s in ALL.values()),
    )
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="(default: all)")
    parser.add_argument("--seed", type=int, help="faults are drawn from it (default: a new one)")
    parser.add_argument(
        "--minutes", type=float, default=0.5, help="of faults in each scenario (%(default)s)"
    )
    parser.add_argument("--rounds", type=int, default=1, help="with seeds one after the other")
    parser.add_argument("--json", type=Path, help="append one line of JSON for each run")
    parser.add_argument("--totals", type=Path, metavar="JSON", help="only add up such a file")
    parser.add_argument("--keep", action="store_true", help="keep logs and ledgers of every run")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.scenarios if name not in ALL]
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; --help lists them")
    return chosen


def one_run(folder: Path, cluster, kafka: View, name: str, seed: int, chosen) -> Result:
    folder.mkdir()
    result = Trial(folder, cluster, kafka, ALL[name], seed).run(chosen.minutes * 60)
    (folder / "faults.txt").write_text("\n".join(result.story) + "\n")
    print(table([result]), flush=True)
    if chosen.json:
        append_json(chosen.json, result)
    if result.guilty:
        print(f"{result.text()}\nlogs and ledgers: {folder}", flush=True)
    elif not chosen.keep:
        shutil.rmtree(folder)
    return result


def main() -> int:
    chosen = options()
    if chosen.totals:
        print(totals(chosen.totals))
        return EXIT_OK
    faulthandler.register(signal.SIGUSR1)  # says where a run hangs
    first_seed = chosen.seed if chosen.seed is not None else random.randrange(1_000_000)
    folder = Path(tempfile.mkdtemp(prefix="tidegate-chaos-"))
    cluster = ChaosCluster(folder / "kafka")
    try:
        cluster.start()
    except KafkaUnavailable as problem:
        print(f"CHAOS DID NOT RUN: {problem}")
        return EXIT_COULD_NOT_RUN
    kafka = View(cluster.bootstrap)
    results = []
    try:
        for seed in range(first_seed, first_seed + chosen.rounds):
            for name in chosen.scenarios or ALL:
                print(f"==> {name}, seed {seed}", flush=True)
                run = folder / f"{name}-{seed}"
                results.append(one_run(run, cluster, kafka, name, seed, chosen))
    finally:
        kafka.close()
        cluster.end()
    print("\n" + table(results))
    if any(result.guilty for result in results):
        return EXIT_GUILTY
    if not chosen.keep:
        shutil.rmtree(folder)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
