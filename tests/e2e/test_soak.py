# SPDX-License-Identifier: Apache-2.0
"""Mixed load for a long time: memory and threads are flat, and everything adds up in the end."""

from __future__ import annotations

import contextlib

from host import EXIT_OK
from kafka_view import View
from memory import OWN_BYTES
from metrics import assert_adds_up
from soak import MIB, PARTITIONS, Load, Sample, judge, samples

EACH_SECONDS = 5.0
MOST_GROWTH_MIB = 8.0
PIPELINE_BYTES = 8 * MIB  # in flight, and again in the client's queue


def pipelines(unique, topics: dict[str, str], output: str) -> dict[str, dict]:
    """Each reads a topic of its own; in all of them one message in fifty fails."""

    def pipeline(name: str, retry: dict, ledger: dict | None = None, **more) -> dict:
        return {
            "group_id": unique(name),
            "topics": [topics[name]],
            "start_offset": "earliest",
            "retry": retry,
            "ledger": {"path": "/dev/null", "values": False, "headers": True, **(ledger or {})},
            "max_in_flight_bytes": f"{PIPELINE_BYTES}B",
            "consumer": {"queued.max.messages.kbytes": str(PIPELINE_BYTES // 1024)},
            **more,
        }

    delays = {"delays": ["100ms", "1s"], "max_retries": 3}
    return {
        "quick": pipeline("quick", delays, ordering="key", concurrency=2),
        "slow": pipeline("slow", delays, {"delay_us": 2_000}, concurrency=4, ordering="none"),
        "in_place": pipeline("in_place", {"mode": "in_place", **delays}, ordering="key"),
        "once": pipeline("once", delays, {"emit_to": output}, delivery="exactly_once"),
        "batches": pipeline("batches", delays, ledger_plugin="ledger_batch.so", consumers=2),
    }


RATES = {"quick": 0.5, "slow": 0.06, "in_place": 0.14, "once": 0.1, "batches": 0.2}


def finished(scrape, pipeline: str) -> float:
    terms = scrape.terms(pipeline)
    return terms["ok"] + terms["dead_letter"]


def test_a_soak_of_mixed_load_keeps_memory_and_threads_flat(
    start_host, kafka: View, make_topic, unique, full, note_figure
):
    seconds, per_second, warm_up = (1_800, 5_000, 180) if full else (50, 1_500, 20)
    each = EACH_SECONDS if full else 1.0
    topics = {name: make_topic(PARTITIONS) for name in RATES}
    host = start_host("host", pipelines=pipelines(unique, topics, make_topic(PARTITIONS)))
    taken: list[Sample] = []
    with contextlib.ExitStack() as stack:
        loads = {
            name: stack.enter_context(Load(kafka.bootstrap, topics[name], int(per_second * share)))
            for name, share in RATES.items()
        }
        written = stack.enter_context(open(host.folder / "samples.tsv", "w"))
        for one in samples(host.process.pid, seconds, each):
            taken.append(one)
            print(*one, sep="\t", file=written, flush=True)
            assert_adds_up(host.scrape())
        for load in loads.values():
            load.stop()
    judgement = judge(taken, warm_up)
    total = sum(load.sent for load in loads.values())
    note_figure(f"soak: {seconds} s, {total / seconds:.0f} messages/s: {judgement.line()}")
    for name, load in loads.items():
        host.wait_for(
            f"{name} has finished all of {load.sent}",
            lambda n=name, l=load: finished(host.scrape(), n) >= l.sent,
            120,
        )
        dead = host.scrape().terms(name)["dead_letter"]
        assert dead == load.hopeless, f"{name}: {dead} dead letters, {load.hopeless} are hopeless"
    assert_adds_up(host.scrape())
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert not [line for line in host.log() if line.get("level") == "error"]
    assert len(judgement.threads) == 1, judgement.line()
    assert max(judgement.files) - min(judgement.files) <= 2, judgement.line()
    assert judgement.grown_mib <= MOST_GROWTH_MIB, judgement.line()
    bound = len(RATES) * 2 * PIPELINE_BYTES + OWN_BYTES
    assert judgement.most_mib <= bound / MIB, judgement.line()
