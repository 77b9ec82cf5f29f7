# SPDX-License-Identifier: Apache-2.0
"""isolation = "process" (DESIGN §7): whatever a handler does to its process, the host, the group and
the other pipelines go on, and the message that did it ends in the dead letter."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from copies import dead_letters
from failures import Draft, failing_keys, with_fate, write
from host import EXIT_OK, Host
from kafka_view import View
from ledger import assert_each_once, assert_same_messages
from waiting import wait_until

# What each way to ruin a process is called afterwards. "" : the process survives it.
CRASHES = {
    "null_write": "crash",
    "stack_overflow": "crash",
    "abort": "crash",
    "exit": "crash",
    "throw_in_thread": "crash",
    "kill_group": "crash",
    "kill_itself": "crash",
    "garbage": "crash",
    "loop": "timeout",
    "deadlock": "timeout",
}


def isolated_keys(group: str, topic: str, **more):
    retry = more.pop("retry", {"max_retries": 3})
    return failing_keys(group, topic, retry, isolation="process", **more)


def counters(host: Host, name: str) -> float:
    return host.scrape().sum(name, pipeline="main")


@pytest.mark.parametrize("way", CRASHES)
def test_7_a_plugin_can_only_hurt_its_own_pipeline(start_host, kafka: View, make_topic, group, unique, way):
    topic, other_topic, other_group = make_topic(2), make_topic(1), unique("other")
    drafts = [Draft(b"m.%d" % i, way if i in (70, 211) else "", i % 2) for i in range(300)]
    messages = write(kafka, topic, drafts)
    others = write(kafka, other_topic, [Draft(b"o.%d" % i) for i in range(300)])
    host = start_host(
        "host",
        pipelines={
            "main": isolated_keys(
                group, topic, concurrency=2, max_crashes=2, handler_timeout="1s",
                handler_soft_timeout="500ms", worker={"max_crashing_messages": 10},
            ),
            "other": failing_keys(other_group, other_topic, {"max_retries": 3}),
        },
    )
    pid = host.process.pid
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    assert host.process.pid == pid and host.running()
    assert not host.events("partitions_revoked"), "the group has noticed"
    copies = dead_letters(kafka, group)
    guilty = with_fate(drafts, messages, way)
    assert {copy.origin for copy in copies} == guilty
    assert {copy.header("error-kind") for copy in copies} == {CRASHES[way]}
    assert host.terminate() == EXIT_OK, host.log_tail()
    if way != "garbage":
        # Of what was finished nothing came twice; a call of the other slot that died with the
        # process may have.
        calls = host.ledger.messages()
        assert len(calls) - len(set(calls)) <= len(host.events("worker_died"))
    handled = host.ledger.handled()
    if way == "garbage":
        # Its own call may end, and what lay behind it in the same memory was written over; none of
        # these answers was believed.
        handled = (handled & set(messages)) - guilty
    assert_same_messages(handled, set(messages) - guilty)
    assert_each_once(host.ledger_of("other").messages(), others)


def test_what_does_not_end_the_process_is_an_ordinary_failure(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    fates = {30: "allocate", 60: "close_descriptors"}
    drafts = [Draft(b"m.%d" % i, fates.get(i, "")) for i in range(90)]
    messages = write(kafka, topic, drafts)
    keys = isolated_keys(group, topic, retry={"mode": "none"}, worker={"memory": "512MiB"})
    host = start_host("host", **keys)
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 60)
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == messages[30]
    assert copy.header("error-kind") == "exception"
    assert counters(host, "tidegate_worker_deaths_total") == 0
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_of_a_batch_only_the_message_that_crashes_is_charged(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, "abort" if i == 40 else "") for i in range(120)]
    messages = write(kafka, topic, drafts)
    keys = isolated_keys(
        group, topic, max_crashes=2, ledger_plugin="ledger_batch.so", batch={"max_messages": 50}
    )
    host = start_host("host", **keys)
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == messages[40]
    assert copy.header("error-kind") == "crash"
    # Once in its batch, where nobody could tell, then twice alone.
    assert counters(host, "tidegate_worker_deaths_total") == 3
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_same_messages(host.ledger.handled(), set(messages) - {messages[40]})


def test_of_several_in_flight_a_kill_without_a_mark_is_charged_to_the_one_that_did_it(
    start_host, kafka: View, make_topic, group, tmp_path
):
    """SIGKILL leaves no mark, so all four are suspects, and replay alone names one of them."""
    topic = make_topic(4)
    gate = tmp_path / "gate"
    gate.touch()
    neighbours = write(kafka, topic, [Draft(b"n.%d" % i, "", i, key=b"slow") for i in range(3)])
    others = write(kafka, topic, [Draft(b"o.%d" % i, "", i % 4) for i in range(40)])
    keys = isolated_keys(
        group, topic, concurrency=4, max_crashes=2, worker={"max_crashing_messages": 1},
        ledger={"gate": str(gate), "gate_key": "slow"},
    )
    host = start_host("host", **keys)
    host.wait_for(
        "the neighbours' calls have begun, and their partitions alone wait",
        lambda: counters(host, "tidegate_handlers_in_flight") == 3 and host.ledger.count() == 10,
    )
    (killer,) = write(kafka, topic, [Draft(b"kill", "kill_itself", 3)])
    host.wait_event("worker_died")
    gate.unlink()
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    failed = host.events("attempt_failed")
    assert {(line["topic"], line["partition"], line["offset"], line["kind"]) for line in failed} == {
        (topic, 3, killer.offset, "crash")
    }
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == killer
    assert copy.header("error-kind") == "crash"
    assert "was ended by SIGKILL" in copy.header("error")
    # With the others, when nobody could tell, and then twice alone.
    assert counters(host, "tidegate_worker_deaths_total") == 3
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), neighbours + others)
    assert {call.attempt for call in host.ledger.calls()} == {1}, "nobody else was charged"


def test_a_loop_without_a_deadline_ends_with_its_processor_time(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, "loop" if i == 3 else "") for i in range(9)]
    messages = write(kafka, topic, drafts)
    keys = isolated_keys(group, topic, max_crashes=1, worker={"cpu_seconds": 1})
    host = start_host("host", **keys)
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == messages[3]
    assert "SIGXCPU" in copy.header("error")
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_a_worker_has_nothing_of_the_host_and_ends_with_it(
    start_host, kafka: View, make_topic, group, monkeypatch
):
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    topic = make_topic(1)
    messages = write(kafka, topic, [Draft(b"m.0")])
    host = start_host("host", **isolated_keys(group, topic))
    host.wait_handled(1)
    worker = Path(f"/proc/{host.wait_event('worker_ready')['pid']}")
    assert b"SECRET_OF_THE_HOST" not in (worker / "environ").read_bytes()
    open_files = [os.readlink(entry) for entry in (worker / "fd").iterdir()]
    assert sum(name.startswith("socket:") for name in open_files) == 1, open_files
    known = ("socket:", "pipe:", "/dev/null", "/memfd:tidegate-worker", str(host.folder))
    assert not [name for name in open_files if not name.startswith(known)]
    assert host.ledger.messages() == messages
    host.kill()
    wait_until("the worker is gone", lambda: not worker.exists())


def test_metrics_of_a_plugin_go_on_from_one_worker_to_the_next(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        isolation="process",
        ledger_plugin="log.so",
    )
    seen = 0
    for worker in (1, 2):
        seen += len(write(kafka, topic, [Draft(b"m.%d" % i) for i in range(100)]))
        host.wait_for(
            "all are counted", lambda: counters(host, "tidegate_plugin_log_messages_total") == seen
        )
        os.kill(host.events("worker_ready")[-1]["pid"], signal.SIGKILL)
        host.wait_for("another worker", lambda: len(host.events("worker_ready")) == worker + 1)
    assert counters(host, "tidegate_plugin_log_messages_total") == seen
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_a_killed_host_leaves_its_count_of_crashes_to_the_next_one(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    drafts = [Draft(b"m.%d" % i, "abort" if i == 5 else "") for i in range(20)]
    messages = write(kafka, topic, drafts)
    # In this order nothing but the count of crashes can change what is committed with the position.
    keys = isolated_keys(
        group, topic, ordering="partition", max_crashes=8, commit={"interval": "10ms"}
    )
    first = start_host("first", **keys)
    seen = set()

    def counts_committed() -> int:
        seen.update(kafka.committed_metadata(group, topic).values())
        return len(seen - {""})

    first.wait_for("some counts of crashes are committed", lambda: counts_committed() >= 2)
    first.kill()
    known = counts_committed()
    died = len(first.events("worker_died"))
    second = start_host("second", **keys)
    second.wait_for(
        "all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 60
    )
    (copy,) = dead_letters(kafka, group)
    assert copy.origin == messages[5]
    assert 8 - died <= counters(second, "tidegate_worker_deaths_total") <= 8 - known
    assert second.terminate() == EXIT_OK, second.log_tail()
    assert_same_messages(
        first.ledger.handled() | second.ledger.handled(), set(messages) - {messages[5]}
    )
