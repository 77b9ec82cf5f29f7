# SPDX-License-Identifier: Apache-2.0
"""The tree's own plugins do what their READMEs say."""

from __future__ import annotations

import time
from urllib.parse import unquote_to_bytes

import pytest
from conftest import REFUSED, build_folder

OK, FALSE, FAIL, RETRY_AFTER, DEAD_LETTER, DROP, PAUSE, EXCEPTION = range(8)
COUNT = 2000
MANY = [{"value": "v", "key": str(i)} for i in range(COUNT)]


def plugin(name: str):
    return build_folder() / "plugins" / f"{name}.so"


def share(ran, status: int) -> float:
    return ran.statuses().count(status) / len(ran.statuses())


def test_flaky_hits_the_share_it_is_asked_for(drive):
    ran = drive(plugin("flaky"), {"fail_ratio": 0.1, "throw_ratio": 0.2}, MANY)
    assert share(ran, FAIL) == pytest.approx(0.1, abs=0.03)
    assert share(ran, EXCEPTION) == pytest.approx(0.2, abs=0.04)
    assert share(ran, OK) == pytest.approx(0.7, abs=0.05)


def test_flaky_hits_the_same_messages_for_a_seed(drive):
    first = drive(plugin("flaky"), {"fail_ratio": 0.5}, MANY).statuses()
    assert drive(plugin("flaky"), {"fail_ratio": 0.5}, MANY).statuses() == first
    assert drive(plugin("flaky"), {"fail_ratio": 0.5, "seed": 2}, MANY).statuses() != first


def test_flaky_by_key_hits_all_messages_of_a_key(drive):
    messages = [{"value": "v", "key": str(i % 20)} for i in range(200)]
    statuses = drive(plugin("flaky"), {"fail_ratio": 0.5, "by": "key"}, messages).statuses()
    assert {FAIL, OK} == set(statuses)
    assert all(statuses[i] == statuses[i % 20] for i in range(200))


def test_flaky_fails_only_as_many_attempts_as_asked(drive):
    messages = [{"value": "v", "attempt": attempt} for attempt in (1, 2, 3)]
    config = {"fail_ratio": 1, "failing_attempts": 2, "fail_with": "false"}
    assert drive(plugin("flaky"), config, messages).statuses() == [FALSE, FALSE, OK]


def test_flaky_obeys_the_header(drive):
    verbs = ["ok", "false", "fail", "throw", "drop", "dead_letter", "stall:1", "retry_after:5", "pause:7", "nonsense"]
    messages = [{"value": "v", "headers": [["flaky", verb]]} for verb in verbs]
    ran = drive(plugin("flaky"), {"fail_ratio": 0}, messages)
    assert ran.statuses() == [OK, FALSE, FAIL, EXCEPTION, DROP, DEAD_LETTER, OK, RETRY_AFTER, PAUSE, EXCEPTION]
    assert set(drive(plugin("flaky"), {"fail_ratio": 0, "headers": False}, messages).statuses()) == {OK}


def test_flaky_stalls(drive):
    began = time.monotonic()
    ran = drive(plugin("flaky"), {"fail_ratio": 0, "stall_ratio": 1, "stall": "200ms"}, [{"value": "v"}])
    assert ran.statuses() == [OK] and time.monotonic() - began >= 0.2


@pytest.mark.parametrize(("name", "config", "complaint"), [
    ("flaky", {"fail_ration": 1}, "plugin.config.fail_ration: there is no such key"),
    ("flaky", {"fail_ratio": 2}, "plugin.config.fail_ratio: a number from 0 to 1"),
    ("flaky", {"stall": 5}, "plugin.config.stall: a time with its unit"),
    ("flaky", {"fail_ratio": 0.7, "throw_ratio": 0.7}, "more than 1"),
    ("log", {"mode": "shout"}, "plugin.config.mode"),
    ("log", {"every": 0}, "plugin.config.every"),
    ("ledger", {}, "plugin.config.path"),
    ("ledger", {"path": "/no/such/folder/file"}, "No such file"),
    ("ledger", {"path": "/dev/null", "attempts": "/no/such/folder/file"}, "No such file"),
    ("ledger", {"path": "/dev/null", "fail_with": "tears"}, "plugin.config.fail_with"),
    ("noop", {"a": 1}, "takes no configuration"),
])
def test_wrong_configuration_is_refused_by_key(name, config, complaint, drive):
    ran = drive(plugin(name), config)
    assert ran.code == REFUSED and complaint in ran.errors


def test_log_prints_each_message(drive):
    ran = drive(plugin("log"), {"headers": True, "max_bytes": 8}, [
        {"value": "a b\n", "key": None, "headers": [["h", "1"], ["n", None]]}, {"value": None, "attempt": 2},
        {"value": "0123456789"}])
    lines = [line for line in ran.output.splitlines() if line.startswith("orders")]
    assert lines == ["orders[3]@0 key(none) value=a%20b%0A header:h=1 header:n(none)",
                     "orders[3]@1 key=key value(none) attempt=2",
                     "orders[3]@2 key=key value=01234567...(10 bytes)"]


def test_log_counts(drive):
    ran = drive(plugin("log"), {"mode": "count", "every": 2}, [{"value": "1234"}] * 5)
    assert [line.split("seen ")[1].split("  ")[0] for line in ran.errors.splitlines() if "seen " in line] == [
        "2 messages, 14 bytes of keys and values", "4 messages, 28 bytes of keys and values"]
    assert not [line for line in ran.output.splitlines() if line.startswith("orders")]


@pytest.mark.parametrize("name", ["ledger", "ledger_batch"])
def test_ledger_writes_each_handled_message(name, drive, tmp_path):
    path = tmp_path / "ledger.tsv"
    messages = [{"value": "a\tb\u00fc", "key": "-"}, {"value": None, "key": None, "attempt": 3},
                {"value": "no", "offset": 9}, {"value": ""}]
    ran = drive(plugin(name), {"path": str(path), "fail_on": "no", "delay_us": 2000}, messages)
    assert ran.statuses() == [OK, OK, FAIL, OK]
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    if name == "ledger_batch":
        assert ran.statuses("batch") == [OK, OK, FAIL, OK]
        assert [line[:6] for line in lines[3:]] == [line[:6] for line in lines[:3]]
        del lines[:3]
    assert [line[:6] for line in lines] == [["orders", "3", "0", "%2D", "a%09b%C3%BC", "1"],
                                            ["orders", "3", "1", "-", "-", "3"],
                                            ["orders", "3", "3", "key", "", "1"]]
    assert unquote_to_bytes(lines[0][4]).decode() == "a\tb\u00fc"
    ends = 0
    for _, _, _, _, _, _, begin_ns, end_ns, pid, instance in lines:
        assert int(begin_ns) >= ends and int(end_ns) - int(begin_ns) >= 2_000_000
        ends = int(end_ns)
        assert int(pid) > 1 and instance == "1"


def test_ledger_leaves_values_out(drive, tmp_path):
    path = tmp_path / "ledger.tsv"
    drive(plugin("ledger"), {"path": str(path), "values": False}, [{"value": "secret"}])
    assert path.read_text().split("\t")[4] == "-"


def test_ledger_obeys_its_header_where_it_is_told_to(drive, tmp_path):
    expected = {"ok": OK, "status": FAIL, "false": FALSE, "throw": EXCEPTION, "fail": FALSE, "fail:2": FALSE,
                "fail:1": OK, "throw:1": OK, "dead_letter": DEAD_LETTER, "drop": DROP, "retry_after:9": OK,
                "fail:": EXCEPTION, "fail:x": EXCEPTION, "retry_after": EXCEPTION, "nonsense": EXCEPTION}
    messages = [{"value": "v", "attempt": 2, "headers": [["ledger", fate]]} for fate in expected]
    config = {"path": str(tmp_path / "ledger.tsv"), "headers": True, "fail_with": "false"}
    assert drive(plugin("ledger"), config, messages).statuses() == list(expected.values())
    assert set(drive(plugin("ledger"), {**config, "headers": False}, messages).statuses()) == {OK}
    ran = drive(plugin("ledger"), config, [{"value": "v", "headers": [["ledger", "retry_after:9"]]}])
    assert ran.statuses() == [RETRY_AFTER] and ran.answer("handle")["delay_ms"] == 9


def test_ledger_writes_every_attempt_with_its_answer(drive, tmp_path):
    handled, attempts = tmp_path / "ledger.tsv", tmp_path / "attempts.tsv"
    fates = ["ok", "status", "false", "throw", "drop"]
    messages = [{"value": fate, "attempt": 7, "headers": [["ledger", fate]]} for fate in fates]
    drive(plugin("ledger"), {"path": str(handled), "attempts": str(attempts), "headers": True}, messages)
    lines = [line.split("\t") for line in attempts.read_text().splitlines()]
    assert [line[:6] + line[10:] for line in lines] == [
        ["orders", "3", str(i), "key", fate, "7", "1700000000000", fate] for i, fate in enumerate(fates)]
    assert [line[:10] for line in lines[:1]] == [line.split("\t") for line in handled.read_text().splitlines()]


def test_ledger_batch_that_throws_leaves_those_behind_it_unanswered(drive, tmp_path):
    handled, attempts = tmp_path / "ledger.tsv", tmp_path / "attempts.tsv"
    fates = ["ok", "false", "throw", "ok"]
    messages = [{"value": fate, "headers": [["ledger", fate]]} for fate in fates]
    ran = drive(plugin("ledger_batch"), {"path": str(handled), "attempts": str(attempts), "headers": True}, messages)
    assert ran.statuses() == [OK, FALSE, EXCEPTION, OK]
    assert ran.statuses("batch") == [OK, FALSE, -1, -1]
    assert ran.answer("handle_batch")["status"] == EXCEPTION
    lines = [line.split("\t") for line in attempts.read_text().splitlines()]
    begin_ns, _, pid = lines[-1][6:9]
    assert ran.reasons("batch")[2] == f"ledger: this message was to fail: {pid}/{begin_ns}"
    answers = [line[11] for line in lines]
    assert answers == [*fates, *fates[:3]], "one by one, then in one call, which ends at the third"
    assert len(handled.read_text().splitlines()) == 3


@pytest.mark.parametrize("name", ["noop", "noop_batch"])
def test_noop_answers_ok(name, drive):
    ran = drive(plugin(name))
    assert set(ran.statuses()) == {OK}
    assert set(ran.statuses("batch")) == ({OK} if name == "noop_batch" else set())
