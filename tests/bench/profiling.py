# SPDX-License-Identifier: Apache-2.0
"""Where the time of a drain goes, the raw loop's and Tidegate's, by perf or else callgrind.

perf samples by the processor's cycle counter, or by the CPU clock where a virtual machine has none.
callgrind counts instructions: slow, and slow enough to change what happens (README.md).
"""
from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import processes
import topics
from clients import Client, Raw, Tidegate

TOP = 40
LEAST_PERCENT = 0.5
CALLGRIND_MESSAGES = 200_000
PROFILE_TIMEOUT_SECONDS = 900


def _perf_event(folder: Path) -> str | None:
    for event in ("cycles", "cpu-clock"):
        try:
            done = subprocess.run(["perf", "stat", "-x,", "-e", event, "true"], capture_output=True,
                                  text=True, check=False, cwd=folder)
        except FileNotFoundError:
            return None
        if done.returncode == 0 and "not supported" not in done.stderr:
            return event
    return None


def profile(chosen, bootstrap: str) -> None:
    folder = chosen.folder / "profile"
    folder.mkdir(parents=True, exist_ok=True)
    event = None if chosen.profile == "callgrind" else _perf_event(folder)
    if event is None and chosen.profile == "perf":
        raise processes.Failed("perf does not work here; --profile callgrind does")
    clients = [Raw("raw", chosen.build / "bin" / "tidegate_bench_raw"),
               Tidegate("tidegate handle 1", chosen.build, "noop", 1),
               Tidegate("tidegate handle 4", chosen.build, "noop", 4),
               Tidegate("tidegate batch 1", chosen.build, "noop_batch", 1)]
    clients = [client for client in clients
               if not chosen.only or any(text in client.name for text in chosen.only)]
    for client in clients:
        if event:
            _perf(chosen, bootstrap, client, event, folder / client.name.replace(" ", "_"))
        else:
            _callgrind(chosen, bootstrap, client, folder / client.name.replace(" ", "_"))


def _perf(chosen, bootstrap: str, client: Client, event: str, folder: Path) -> None:
    topic = topics.w1(chosen.messages)[0]
    fill(chosen, bootstrap, topic, folder)
    data = folder / "perf.data"
    processes.run(["perf", "record", "-q", "-F", "1999", "-e", event, "-o", data, "--",
                   *client.command(bootstrap, topic, folder)], folder, PROFILE_TIMEOUT_SECONDS)
    total, rows = _perf_rows(data)
    # The CPU clock counts nanoseconds, the processor's counter cycles.
    each = total / topic.messages / 100
    unit = "ns" if event == "cpu-clock" else event
    groups: dict[str, float] = {}
    for percent, thread, library, symbol in rows:
        key = f"{thread:<16} {_owner(library, symbol)}"
        groups[key] = groups.get(key, 0) + percent
    print(f"\n{client.name}: {unit} a message, by thread and whose code; all: {each * 100:.1f}")
    for key, percent in sorted(groups.items(), key=lambda group: -group[1]):
        if percent >= LEAST_PERCENT:
            print(f"  {percent * each:7.1f}  {percent:5.1f} %  {key}")
    print(f"{client.name}: {unit} a message, by function")
    for percent, thread, library, symbol in rows[:TOP]:
        print(f"  {percent * each:7.1f}  {percent:5.1f} %  {thread:<16} {symbol}  ({library})")
    print(f"more: perf report -i {data}")


def _perf_rows(data: Path) -> tuple[int, list[tuple[float, str, str, str]]]:
    """Events in all, and (percent, thread, library, symbol), the largest first."""
    done = subprocess.run(
        ["perf", "report", "-i", str(data), "--stdio", "--no-children", "-g", "none", "-t", ";",
         "--sort", "comm,dso,symbol"], capture_output=True, text=True, check=False)
    total, rows = 0, []
    for line in done.stdout.splitlines():
        if line.startswith("# Event count"):
            total += int(line.split(":")[1])
        elif line and not line.startswith("#"):
            percent, thread, library, symbol = (part.strip() for part in line.split(";")[:4])
            rows.append((float(percent.rstrip("%")), thread, library, symbol))
    return total, rows


def _owner(library: str, symbol: str) -> str:
    if symbol.startswith("[k]"):
        return "kernel"
    if library.startswith(("tidegate", "noop")):
        # librdkafka is linked statically; what is not ours there is its.
        return "own code" if "tidegate::" in symbol or library.startswith("noop") else "librdkafka"
    if "malloc" in library:
        return "malloc"
    return library


def _callgrind(chosen, bootstrap: str, client: Client, folder: Path) -> None:
    topic = dataclasses.replace(topics.w1(chosen.messages)[0], messages=CALLGRIND_MESSAGES)
    fill(chosen, bootstrap, topic, folder)
    data = folder / "callgrind.out"
    processes.run(["valgrind", "--tool=callgrind", "--fair-sched=yes",
                   f"--callgrind-out-file={data}", *client.command(bootstrap, topic, folder)],
                  folder, PROFILE_TIMEOUT_SECONDS)
    done = subprocess.run(["callgrind_annotate", "--threshold=95", str(data)], capture_output=True,
                          text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    total = next((line for line in lines if "PROGRAM TOTALS" in line), "0")
    count = int(total.split()[0].replace(",", ""))
    print(f"\n{client.name}: {count / topic.messages:,.0f} instructions/message in all (start and "
          f"end of the process included), {topic.messages:,} messages")
    begin = next((i for i, line in enumerate(lines) if "file:function" in line), 0)
    print("\n".join(lines[begin:begin + TOP]))
    print(f"more: callgrind_annotate {data}")


def fill(chosen, bootstrap: str, topic: topics.Topic, folder: Path) -> None:
    topics.fill(chosen.build / "bin" / "tidegate_bench_fill", bootstrap, topic, folder)
