# SPDX-License-Identifier: Apache-2.0
"""Drains to medians, ratios, a table for people and JSON for machines."""
from __future__ import annotations

import dataclasses
import json
import os
import platform
import statistics
import subprocess
from pathlib import Path

from clients import Drain


def medians(drains: list[Drain]) -> dict[str, dict[str, dict]]:
    """By topic and client, in the order they first ran."""
    groups: dict[str, dict[str, list[Drain]]] = {}
    for one in drains:
        groups.setdefault(one.topic, {}).setdefault(one.client, []).append(one)
    return {topic: {client: _median(runs) for client, runs in by_client.items()}
            for topic, by_client in groups.items()}


def _median(runs: list[Drain]) -> dict:
    rates = [run.messages_per_second for run in runs]
    transactions = [run.details.get("transactions", 0) / run.seconds for run in runs]
    return {
        "rounds": len(runs),
        "messages_per_second": statistics.median(rates),
        "slowest": min(rates),
        "fastest": max(rates),
        "cpu_seconds_per_million": statistics.median(run.cpu_per_million for run in runs),
        "peak_mib": statistics.median(run.peak_mib for run in runs),
        "transactions_per_second": statistics.median(transactions),
    }


def add_ratios(results: dict, yardsticks: list[str]) -> None:
    """For each client: its medians over those of each yardstick. More is better for speed only."""
    for by_client in results.values():
        for row in by_client.values():
            row["ratio"] = {
                other: {key: row[key] / by_client[other][key]
                        for key in ("messages_per_second", "cpu_seconds_per_million")}
                for other in yardsticks if other in by_client}


def print_tables(results: dict, yardsticks: list[str]) -> None:
    for topic, by_client in results.items():
        heads = ["client", "messages/s", "slowest-fastest", "CPU s/M", "peak MiB"]
        heads += [f"x {name}" for name in yardsticks] + [f"CPU x {yardsticks[0]}"]
        rows = [_row(client, row, yardsticks) for client, row in by_client.items()]
        if any(row["transactions_per_second"] for row in by_client.values()):
            heads.append("transactions/s")
            rows = [[*cells, f"{row['transactions_per_second']:.0f}"]
                    for cells, row in zip(rows, by_client.values())]
        widths = [max(len(line[i]) for line in [heads, *rows]) for i in range(len(heads))]
        print(f"\n{topic}")
        for line in [heads, *rows]:
            print("  " + "  ".join(text.ljust(width) if i == 0 else text.rjust(width)
                                   for i, (text, width) in enumerate(zip(line, widths))))


def _row(client: str, row: dict, yardsticks: list[str]) -> list[str]:
    def ratio(name: str, key: str) -> str:
        return f"{row['ratio'][name][key]:.2f}" if name in row["ratio"] else "-"

    return [client, f"{row['messages_per_second'] / 1e6:.2f} M",
            f"{row['slowest'] / 1e6:.2f}-{row['fastest'] / 1e6:.2f} M",
            f"{row['cpu_seconds_per_million']:.3f}", f"{row['peak_mib']:.0f}",
            *(ratio(name, "messages_per_second") for name in yardsticks),
            ratio(yardsticks[0], "cpu_seconds_per_million")]


def machine() -> dict:
    model = next((line.split(":", 1)[1].strip()
                  for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "load": os.getloadavg()[0]}


def write(path: Path, workload: str, options: dict, versions: dict, drains: list[Drain],
          results: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"workload": workload, "options": options, "machine": machine(),
               "versions": versions, "results": results,
               "drains": [dataclasses.asdict(one) for one in drains]}
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\nwritten: {path}")


def revision(root: Path) -> str:
    done = subprocess.run(["git", "-C", str(root), "describe", "--always", "--dirty"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip()
