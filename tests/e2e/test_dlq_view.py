# SPDX-License-Identifier: Apache-2.0
"""`tidegate dlq list` and `show`: what they print is what lies there (DESIGN §9)."""

from __future__ import annotations

import json
import time

import pytest

from copies import dead_letters
from dlq import (
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    dlq,
    headers_of,
    made_up,
    of_config,
    of_topic,
    write_dead_letters,
)
from failures import Draft, failing_keys, run_until_caught_up, write
from host import EXIT_CONFIGURATION, EXIT_FAILED, EXIT_OK
from kafka_view import TransactionalWriter, View
from ports import free_port

NONE = {"mode": "none"}


def test_list_counts_what_the_hosts_dead_lettered(start_host, kafka: View, make_topic, unique):
    topics = {name: make_topic(2) for name in ("left", "right")}
    groups = {name: unique(name) for name in topics}
    fates = ("", "throw", "false", "throw")
    for name, topic in topics.items():
        write(kafka, topic, [Draft(b"m.%d" % i, fates[i % 4], i % 2) for i in range(40)])
    pipelines = {
        name: failing_keys(groups[name], topic, NONE, {"attempts": f"{name}.tsv"},
                           dead_letter={"max_ratio": 1.0})
        for name, topic in topics.items()
    }
    host = start_host("both", arguments=("--exit-when-caught-up",), pipelines=pipelines)
    assert host.wait_exit() == EXIT_OK, host.log_tail()
    answer = dlq("list", *of_config(host), "--format", "json")
    assert answer.code == EXIT_OK, answer.err
    found = {line["topic"]: line for line in answer.lines()}
    assert set(found) == {f"{group}.dlq" for group in groups.values()}
    for name, group in groups.items():
        line = found[f"{group}.dlq"]
        times = sorted(copy.timestamp_ms for copy in dead_letters(kafka, group))
        assert line["messages"] == len(times) == 30
        assert line["kinds"] == {"exception": 20, "returned_false": 10}
        assert line["pipelines"] == {name: 30}
        assert line["origin_topics"] == {topics[name]: 30}
        assert [line["oldest"], line["newest"]] == [utc(times[0]), utc(times[-1])]
    only = dlq("list", *of_config(host), "--pipeline", "left", "--kind", "exception")
    head, row = only.out.splitlines()
    assert head.split()[:2] == ["TOPIC", "MESSAGES"]
    assert row.split()[:2] == [f"{groups['left']}.dlq", "20"]


def utc(ms: int) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000))
    return f"{whole}.{ms % 1000:03d}Z"


@pytest.fixture
def letters(kafka: View, group) -> str:
    """Ten dead letters of two origins, kinds and pipelines, an hour apart in pairs."""
    topic = kafka.create_topic(f"{group}.dlq", 2)
    now = int(time.time() * 1000)
    drafts = []
    for i, origin in enumerate(made_up("orders", 2, 10)):
        origin = origin._replace(topic=("orders", "invoices")[i // 5])
        kind, pipeline = ("status", "exception")[i % 2], ("p", "q")[i // 5]
        drafts.append(
            Draft(
                origin.value,
                partition=origin.partition,
                key=origin.key,
                headers=headers_of(origin, group, error_kind=kind, pipeline=pipeline),
                timestamp_ms=now - (9 - i) // 2 * 3_600_000 - 60_000,
            )
        )
    write(kafka, topic, drafts)
    return topic


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), range(10)),
        (("--kind", "exception"), (1, 3, 5, 7, 9)),
        (("--kind", "exception", "--kind", "status"), range(10)),
        (("--kind", "crash"), ()),
        (("--since", "90m"), (6, 7, 8, 9)),
        (("--until", "90m"), range(6)),
        (("--since", "2000-01-01T00:00:00Z", "--until", "150m"), range(4)),
        (("--key", "k3"), (3,)),
        (("--key", "k"), ()),
        (("--origin-topic", "invoices"), range(5, 10)),
        (("--origin-topic", "orders", "--origin-partition", "1"), (1, 3)),
        (("--origin-topic", "orders", "--origin-partition", "1", "--origin-offset", "1001"), (3,)),
        (("--from-pipeline", "q", "--kind", "status"), (6, 8)),
        (("--partition", "1"), (1, 3, 5, 7, 9)),
        (("--partition", "1", "--offset", "2"), (5,)),
        (("--limit", "3"), (7, 8, 9)),
        (("--limit", "0"), range(10)),
    ],
    ids=lambda case: " ".join(map(str, case)) or "all",
)
def test_show_prints_those_that_the_filters_name(kafka: View, letters, filters, expected):
    answer = dlq("show", *of_topic(kafka, letters), *filters, "--format", "json")
    assert answer.code == EXIT_OK, answer.err
    assert sorted(line["value"] for line in answer.lines()) == [f"value.{i}" for i in expected]
    if filters == ("--limit", "3"):
        assert [line["value"] for line in answer.lines()] == ["value.7", "value.8", "value.9"]
        assert "3 of 10" in answer.err


def test_show_loses_no_byte_and_tells_ours_from_the_messages_own(kafka: View, group):
    topic = kafka.create_topic(f"{group}.dlq", 1)
    (origin,) = made_up("orders", 1, 1)
    own = (("trace", b"1"), ("trace", b"\xff\x00"), ("empty", b""))
    value = bytes(range(256))
    write(kafka, topic, [Draft(value, key=None, headers=own + headers_of(origin, group))])
    (line,) = dlq("show", *of_topic(kafka, topic), "--format", "json").lines()
    assert bytes.fromhex(line["value_hex"]) == value and line["value_bytes"] == 256
    assert line["key"] is None
    assert line["headers"] == [
        {"name": "trace", "value": "1"},
        {"name": "trace", "value_hex": "ff00"},
        {"name": "empty", "value": ""},
    ]
    assert line["tidegate"]["origin-offset"] == str(origin.offset)
    assert line["tidegate"]["error"] == "no such order"
    text = dlq("show", *of_topic(kafka, topic)).out
    assert "\x1b" not in text and r"\x1b" in text, "a terminal must not obey a payload"
    assert dlq("show", *of_topic(kafka, topic), "--payload", "hex").out.count(value.hex()) == 1
    assert "256 bytes" in dlq("show", *of_topic(kafka, topic), "--payload", "none").out


def test_what_a_transaction_took_back_is_no_dead_letter(kafka: View, group):
    topic = kafka.create_topic(f"{group}.dlq", 1)
    writer = TransactionalWriter(kafka.bootstrap, f"{group}-writer")
    writer.commit(topic, [(0, b"k", b"kept.%d" % i) for i in range(3)])
    writer.abort(topic, [(0, b"k", b"gone.%d" % i) for i in range(2)])
    writer.close()
    where = of_topic(kafka, topic)
    assert dlq("list", *where, "--format", "json").line()["messages"] == 3
    answer = dlq("replay", *where, "--group", group, "--format", "json")
    assert answer.code == EXIT_FAILED and answer.line()["unreadable"] == 3
    assert kafka.committed(f"{group}.dlq-replay", topic) == kafka.ends(topic), "markers are passed"


def test_show_parses_a_payload_that_is_json(kafka: View, group):
    topic = kafka.create_topic(f"{group}.dlq", 1)
    write(kafka, topic, [Draft(b'{"id": [1, null]}'), Draft(b"[" * 100_000), Draft(None)])
    answer = dlq("show", *of_topic(kafka, topic), "--payload", "json", "--format", "json")
    assert [line["value"] for line in answer.lines()] == [{"id": [1, None]}, "[" * 100_000, None]


def test_brokers_that_are_away_end_it_with_69_and_no_secret_is_printed(tmp_path):
    away = f"127.0.0.1:{free_port()}"
    config = tmp_path / "tidegate.toml"
    config.write_text(
        f"""config_version = 1
[clusters.main]
bootstrap_servers = ["{away}"]
[clusters.main.librdkafka]
"sasl.mechanism" = "PLAIN"
"sasl.username" = "operator"
"sasl.password" = "do-not-tell"
"security.protocol" = "SASL_PLAINTEXT"
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "orders.so"
"""
    )
    for where in (("-c", config), ("--bootstrap", away, "--topic", "orders.dlq")):
        for verb in (("list",), ("show",), ("replay", "--to", "retry"), ("purge", "--yes")):
            answer = dlq(*verb, *where, "--timeout", "1s")
            assert answer.code == EXIT_UNREACHABLE, (verb, answer)
            assert away in answer.err and "do-not-tell" not in answer.out + answer.err


def test_what_cannot_be_meant_is_told(kafka: View, group, tmp_path):
    missing = dlq("list", *of_topic(kafka, f"{group}.dlq"))
    assert missing.code == EXIT_FAILED and "does not exist" in missing.err
    assert dlq("list", "--topic", "x").code == EXIT_USAGE
    assert dlq("show", *of_topic(kafka, "x"), "--since", "soon").code == EXIT_USAGE
    broken = tmp_path / "broken.toml"
    broken.write_text("config_version = 1\n[pipelines.orders]\nno_such_key = 1\n")
    assert dlq("list", "-c", broken).code == EXIT_CONFIGURATION


def test_a_pipeline_that_never_failed_has_no_dead_letters(
    start_host, kafka: View, make_topic, group
):
    keys = failing_keys(group, make_topic(1), NONE, dead_letter={"topic": f"{group}.dlq"})
    host = run_until_caught_up(start_host, "host", **keys)
    line = dlq("list", *of_config(host), "--format", "json").line()
    assert line["messages"] == 0 and line["oldest"] is None
    assert dlq("show", *of_config(host)).out == ""
    assert json.loads(dlq("replay", *of_config(host), "--format", "json").out)["messages"] == 0
    unknown = dlq("list", *of_config(host), "--pipeline", "nobody")
    assert unknown.code == EXIT_USAGE and "nobody" in unknown.err
