# SPDX-License-Identifier: Apache-2.0
"""Status, lag, pause and resume of a running host."""

from __future__ import annotations

import re
import subprocess
import time

from control import ask, at_rest, facts, pipeline_of
from failures import Draft, let_pass, write
from host import EXIT_OK, Host
from kafka_process import jars, java
from kafka_view import View
from ledger import assert_each_once
from metrics import assert_adds_up

TOOL_SECONDS = 60
GROUP_LINE = re.compile(r"^(\S+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s")


def rebalances(host: Host) -> float:
    return host.scrape().sum("tidegate_rebalances_total", pipeline="main")


def kafka_tool_lag(kafka: View, group: str) -> dict[tuple[str, int], tuple[int, int, int]]:
    """What kafka-consumer-groups says: committed position, end, lag of each partition."""
    said = subprocess.run(
        [
            java(),
            "-cp",
            f"{jars()}/*",
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "--bootstrap-server",
            kafka.bootstrap,
            "--describe",
            "--group",
            group,
        ],
        capture_output=True,
        text=True,
        timeout=TOOL_SECONDS,
        check=True,
    ).stdout
    lines = (GROUP_LINE.match(line) for line in said.splitlines())
    return {
        (line[2], int(line[3])): (int(line[4]), int(line[5]), int(line[6])) for line in lines if line
    }


def start_ledger(start_host, topic: str, group: str, name: str = "host", **more) -> Host:
    return start_host(
        name, group_id=group, topics=[topic], start_offset="earliest", retry={"mode": "none"}, **more
    )


def test_while_paused_no_handler_call_starts_and_resume_loses_and_repeats_nothing(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(4)
    first = write(kafka, topic, [Draft(b"a.%d" % i, "", i % 4) for i in range(1_200)])
    slow = {"delay_us": 8_000}
    host = start_ledger(
        start_host, topic, group, consumers=2, concurrency=4, ordering="none", ledger=slow
    )
    host.wait_for("the group is at rest", lambda: at_rest(kafka, group, host, 4))
    host.wait_handled(200)
    assert ask(host, "pause", "main").startswith("main: paused (operator)")
    paused_at = time.monotonic_ns()
    before = rebalances(host)
    host.wait_for("calls under way end", lambda: not pipeline_of(host)["handlers_in_flight"])
    second = write(kafka, topic, [Draft(b"b.%d" % i, "", i % 4) for i in range(400)])
    let_pass("the pause", 3.5)  # longer than the session of a member (QUICK_GROUP)
    assert all(call.begin_ns < paused_at for call in host.ledger.calls()), "a call began later"
    handled = len(host.ledger.calls())
    assert handled < len(first), "else this shows nothing"
    state = pipeline_of(host)
    assert (state["state"], state["paused_by"]) == ("paused", ["operator"])
    assert state["paused_partitions"]["operator"] == 4
    scrape = host.scrape()
    assert_adds_up(scrape)
    assert scrape.sum("tidegate_pipeline_state", pipeline="main", state="paused") == 1
    assert scrape.sum("tidegate_paused_partitions", pipeline="main", reason="operator") == 4
    resumed_at = time.monotonic_ns()
    assert ask(host, "resume", "main") == "main: running\n"
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    assert rebalances(host) == before, "a pause keeps the membership"
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert_each_once(host.ledger.messages(), first + second)
    woken = min(call.begin_ns for call in host.ledger.calls() if call.begin_ns > resumed_at)
    assert woken - resumed_at < 1e9, "it goes on at once"
    assert len(host.events("pipeline_paused")) == len(host.events("pipeline_resumed")) == 1


def test_a_paused_host_drains_and_a_restart_forgets_the_pause(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    messages = write(kafka, topic, [Draft(b"m.%d" % i) for i in range(50)])
    host = start_ledger(start_host, topic, group)
    host.wait_handled(50)
    ask(host, "pause", "main")
    messages += write(kafka, topic, [Draft(b"n.%d" % i) for i in range(50)])
    host.wait_for("it goes on polling", lambda: pipeline_of(host)["in_flight"] > 0)
    begin = time.monotonic()
    assert host.terminate() == EXIT_OK, host.log_tail()
    assert time.monotonic() - begin < 10, "nothing to wait for"
    assert kafka.committed(group, topic) == {0: 50}
    again = start_ledger(start_host, topic, group, "again")
    again.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    assert again.terminate() == EXIT_OK, again.log_tail()
    assert_each_once(host.ledger.messages() + again.ledger.messages(), messages)


def test_status_and_lag_say_what_metrics_and_kafkas_own_tool_say(
    start_host, kafka: View, make_topic, group
):
    topic = make_topic(3)
    host = start_ledger(start_host, topic, group)
    write(kafka, topic, [Draft(b"m.%d" % i, "", i % 3) for i in range(300)])
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic))
    ask(host, "pause", "main")
    write(kafka, topic, [Draft(b"n.%d" % i, "", i % 2) for i in range(70)])

    def shown() -> dict:
        (found,) = (t for t in facts(host, "lag")["pipelines"][0]["topics"] if t["topic"] == topic)
        return found

    host.wait_for("the new ends are known", lambda: shown()["lag_messages"] == 70)
    lag = shown()
    told = {
        (topic, p["partition"]): (p["committed"], p["end"], p["lag_messages"])
        for p in lag["partitions"]
    }
    judged = {
        (topic, p): (kafka.committed(group, topic)[p], end, end - kafka.committed(group, topic)[p])
        for p, end in kafka.ends(topic).items()
    }
    assert told == judged
    by_tool = kafka_tool_lag(kafka, group)
    assert {place: by_tool[place] for place in judged} == judged
    assert lag["lag_seconds"] > 0
    scrape = host.scrape()
    of_topic = {"pipeline": "main", "topic": topic}
    assert scrape.sum("tidegate_consumer_lag_messages", **of_topic) == 70
    state = pipeline_of(host)
    (counts,) = (t for t in state["topics"] if t["topic"] == topic)
    assert scrape.sum("tidegate_messages_consumed_total", **of_topic) == counts["consumed"]
    for outcome, count in counts["finished"].items():
        assert count == scrape.sum("tidegate_messages_finished_total", outcome=outcome, **of_topic)
    assert state["in_flight"] == scrape.sum("tidegate_messages_in_flight", pipeline="main")
    text = ask(host, "status")
    row = next(line.split() for line in text.splitlines() if line.startswith("main "))
    assert row[:3] == ["main", "paused", "(operator)"]
    assert row[3:] [:5] == [str(counts["consumed"]), "300", "0", "0", "0"]
    assert "tidegate resume main" in text
    rows = [line.split() for line in ask(host, "lag", "--partitions").splitlines()]
    assert ["main", topic, "0", "100", "135", "35"] in rows
    assert host.terminate() == EXIT_OK, host.log_tail()


def test_lag_shows_what_waits_in_retry_topics(start_host, kafka: View, make_topic, group):
    topic = make_topic(1)
    host = start_host(
        "host",
        group_id=group,
        topics=[topic],
        start_offset="earliest",
        retry={"delays": ["1h"]},
        ledger={"headers": True},
    )
    write(kafka, topic, [Draft(b"m.%d" % i, "fail" if i < 3 else "") for i in range(10)])
    name = f"{group}.retry.1h"

    def waiting() -> list[dict]:
        topics = facts(host, "lag")["pipelines"][0]["topics"]
        return [t for t in topics if t["topic"] == name and t["lag_messages"] == 3]

    (found,) = host.wait_for("three wait", waiting)
    assert found["retry_topic"] is True
    assert found["lag_seconds"] == 0, "none is overdue"
    row = next(line for line in ask(host, "status").splitlines() if line.startswith("main "))
    assert row.split()[-1] == "3", row
    assert host.terminate() == EXIT_OK, host.log_tail()
