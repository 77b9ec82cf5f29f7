# SPDX-License-Identifier: Apache-2.0
"""Dashboards and alerts against a real Prometheus that scrapes a running host: no expression without
an answer, no metric and no label that the host does not have. The rules of form are in tests/lint.
"""

from __future__ import annotations

import json
import math
import os
import re
import threading
import uuid
from collections.abc import Iterator

import pytest

from host import ROOT, Host
from kafka_view import View
from prometheus_server import Prometheus, PrometheusMissing, program, promtool
from promql import operands, selectors, unknown
from waiting import wait_until

DASHBOARDS = ROOT / "dashboards"
RULES = DASHBOARDS / "prometheus" / "alerts.yml"
PARTITIONS = 3
MESSAGES_AT_ONCE = 30
# What Grafana would put in. The window holds some ten scrapes of one second.
GRAFANA = {
    "$__rate_interval": "10s",
    "$__range": "1m",
    "$job": ".+",
    "$instance": ".+",
    "$pipeline": ".+",
}
ANSWER_SECONDS = 30


def filled_in(expression: str) -> str:
    for variable, value in GRAFANA.items():
        expression = expression.replace(variable, value)
    assert "$" not in expression, f"a variable that this test does not know: {expression}"
    return expression


def panel_expressions() -> dict[str, str]:
    """By title and number; of variables and annotations too."""
    found = {}
    for path in sorted((DASHBOARDS / "grafana").glob("*.json")):
        dashboard = json.loads(path.read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                found[f"{panel['title']} {target['refId']}"] = target["expr"]
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                query = re.fullmatch(
                    r"label_values\((\w+)(\{.*\})?, (\w+)\)", variable["query"]["query"]
                )
                expression = f"count by ({query[3]}) ({query[1]}{query[2] or '{}'})"
                found[f"variable {variable['name']}"] = expression
        for annotation in dashboard["annotations"]["list"]:
            found[f"annotation {annotation['name']}"] = annotation["expr"]
    return found


PANELS = panel_expressions()
ALERTS = re.findall(r"^ *- alert: (\w+)$", RULES.read_text(), re.MULTILINE)


class Traffic:
    """Writes messages until it is told to stop, through a View of its own: one belongs to one thread."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._stop_asked = threading.Event()
        self._thread = threading.Thread(target=self._write, name="traffic")
        self._thread.start()

    def _write(self) -> None:
        view = View(self._bootstrap)
        while not self._stop_asked.wait(0.1):
            view.produce_unique(self._topic, PARTITIONS, MESSAGES_AT_ONCE)
        view.close()

    def stop(self) -> None:
        self._stop_asked.set()
        self._thread.join()


@pytest.fixture(scope="module")
def busy_host(kafka: View, tmp_path_factory) -> Iterator[Host]:
    """A host with everything to see: traffic, one failure in so many, series per partition. One
    pipeline retries and writes dead letters; another group on the topic has neither, and drops."""
    topic = kafka.create_topic(f"dashboards-{uuid.uuid4().hex[:8]}", PARTITIONS)
    pipeline = {
        "topics": [topic],
        "start_offset": "earliest",
        "ledger": {"fail_on": f"m.{MESSAGES_AT_ONCE - 1}"},
    }
    retrying = {"group_id": topic, "retry": {"delays": ["100ms", "2s"], "max_retries": 2}}
    dropping = {
        "group_id": f"{topic}-dropping",
        "retry": {"mode": "none"},
        "dead_letter": {"enabled": False},
    }
    host = Host(
        tmp_path_factory.mktemp("dashboards"),
        "host",
        kafka.bootstrap,
        {"retrying": {**pipeline, **retrying}, "dropping": {**pipeline, **dropping}},
        ("--set", "metrics.partition_labels=true"),
    )
    traffic = Traffic(kafka.bootstrap, topic)
    try:
        host.start()
        host.wait_for(
            "commits, drops, dead letters and lag are shown",
            lambda: host.scrape().sum("tidegate_commits_total", result="ok") > 0
            and host.scrape().sum("tidegate_messages_finished_total", outcome="drop") > 0
            and host.scrape().sum("tidegate_dead_letters_total") > 0
            and host.scrape().has("tidegate_consumer_lag_seconds"),
        )
        yield host
    finally:
        traffic.stop()
        host.end()


@pytest.fixture(scope="module")
def prometheus(busy_host: Host, tmp_path_factory) -> Iterator[Prometheus]:
    try:
        program("prometheus")
    except PrometheusMissing as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))
    target = busy_host.url("").removeprefix("http://")
    server = Prometheus(tmp_path_factory.mktemp("prometheus"), target, RULES)
    try:
        server.start()
        wait_until(
            "Prometheus has seen messages being finished",
            lambda: value_of(
                server.query("sum(rate(tidegate_messages_finished_total[10s]))"), default=0
            )
            > 0,
            explain=server.log_tail,
        )
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def known(busy_host: Host) -> dict[str, set[str]]:
    """Metrics of the host and their labels; up is Prometheus' own."""
    metrics: dict[str, set[str]] = {"up": set()}
    for name, labels, _ in busy_host.scrape().series:
        metrics.setdefault(name, set()).update(labels)
    return metrics


def value_of(series: list[dict], default: float) -> float:
    return float(series[0]["value"][1]) if series else default


def assert_answered(prometheus: Prometheus, expression: str, which=all) -> None:
    """which: of the series must have a finite value, all or any."""

    def answer():
        series = prometheus.query(expression)
        return series and which(math.isfinite(float(one["value"][1])) for one in series)

    wait_until(f"a finite answer to {expression}", answer, ANSWER_SECONDS)


@pytest.mark.parametrize("name", PANELS)
def test_every_expression_of_the_dashboards_is_answered(prometheus, known, name):
    expression = filled_in(PANELS[name])
    assert unknown(expression, known) == []
    if name == "annotation Rebalances":  # of a group at rest there is none to show
        expression = operands(expression)[0]
    assert_answered(prometheus, expression)


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_looks_at_series_that_exist(prometheus, known, name):
    rules = {rule["name"]: rule for rule in prometheus.rules()}
    rule = rules[name]
    wait_until("the rule was evaluated", lambda: health(prometheus, name) != "unknown")
    assert health(prometheus, name) == "ok", rule.get("lastError")
    assert selectors(rule["query"]) and unknown(rule["query"], known) == []
    for operand in operands(rule["query"]):
        # A quantile of nothing (a pipeline without retries) is NaN, which is over no threshold.
        assert_answered(prometheus, operand, any)


def health(prometheus: Prometheus, name: str) -> str:
    return next(rule["health"] for rule in prometheus.rules() if rule["name"] == name)


def test_alerts_say_how_urgent_they_are_and_what_they_are_about(prometheus):
    for rule in prometheus.rules():
        assert rule["name"].startswith("Tidegate")
        assert rule["labels"].get("severity") in {"critical", "warning", "info"}, rule["name"]
        assert (
            "{{" not in rule["annotations"]["summary"]
        ), "a summary is the same for all of its alerts"
        assert "{{ $labels." in rule["annotations"]["description"], rule["name"]


def test_a_healthy_host_raises_no_alert_but_for_its_failures(prometheus):
    active = {rule["name"] for rule in prometheus.rules() if rule["state"] == "firing"}
    assert active <= {"TidegateMessagesDropped", "TidegateDeadLetters"}


@pytest.mark.parametrize(
    ("metric", "labels"),
    [
        ("tidegate_ready", {}),
        ("tidegate_config_last_reload_success_timestamp_seconds", {}),
        ("tidegate_pipeline_state", {"state": "running"}),
        ("tidegate_messages_consumed_total", {}),
        ("tidegate_consumed_bytes_total", {}),
        ("tidegate_messages_finished_total", {"outcome": "ok"}),
        ("tidegate_messages_finished_total", {"outcome": "drop"}),
        ("tidegate_messages_finished_total", {"outcome": "retry"}),
        ("tidegate_messages_finished_total", {"outcome": "dead_letter"}),
        ("tidegate_retries_total", {"kind": "status", "delay": "100ms"}),
        ("tidegate_retries_total", {"kind": "status", "delay": "2s"}),
        ("tidegate_retries_exhausted_total", {}),
        ("tidegate_dead_letters_total", {"kind": "status"}),
        ("tidegate_queue_messages", {"queue": "retry"}),
        ("tidegate_paused_partitions", {"reason": "retry"}),
        ("tidegate_handler_calls_total", {"kind": "none"}),
        ("tidegate_handler_calls_total", {"kind": "status"}),
        ("tidegate_handler_duration_seconds_count", {}),
        ("tidegate_message_age_seconds_count", {}),
        ("tidegate_retry_lateness_seconds_count", {}),
        ("tidegate_failure_duration_seconds_count", {}),
        ("tidegate_handler_concurrency_limit", {}),
        ("tidegate_assigned_partitions", {}),
        ("tidegate_rebalances_total", {"type": "assigned"}),
        ("tidegate_commits_total", {"result": "ok"}),
        ("tidegate_commit_duration_seconds_count", {}),
        ("tidegate_last_commit_timestamp_seconds", {}),
        ("tidegate_kafka_brokers_connected", {}),
        ("tidegate_log_messages_total", {"level": "info"}),
        ("tidegate_partition_committed_offset", {}),
        ("tidegate_partition_end_offset", {}),
        ("process_start_time_seconds", {}),
        ("process_cpu_seconds_total", {}),
        ("process_resident_memory_bytes", {}),
        ("process_open_fds", {}),
        ("process_max_fds", {}),
        ("process_threads", {}),
    ],
)
def test_what_a_busy_host_does_is_not_shown_as_nothing(busy_host, metric, labels):
    busy_host.wait_for(f"{metric} is above 0", lambda: busy_host.scrape().sum(metric, **labels) > 0)


def test_promtool_has_nothing_to_say_about_the_metrics(busy_host):
    checked = promtool("check", "metrics", text=busy_host.scrape().text)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_promtool_accepts_the_rules():
    checked = promtool("check", "rules", str(RULES))
    assert checked.returncode == 0, checked.stdout
    assert f"{len(ALERTS)} rules found" in checked.stdout


def test_each_alert_fires_and_is_quiet_where_its_unit_test_says_so():
    tests = RULES.with_name("alerts_test.yml")
    checked = promtool("test", "rules", str(tests))
    assert checked.returncode == 0, checked.stdout
    text = tests.read_text()
    for name in ALERTS:
        assert re.search(rf"alertname: {name}\n *exp_alerts:", text), f"{name} never fires there"
        assert re.search(rf"alertname: {name}}}", text), f"{name} is never quiet there"


@pytest.mark.parametrize(
    ("expression", "problems"),
    [
        ('sum by (pipeline) (rate(a_total{job=~".+",pipeline="x"}[5m])) > 0', []),
        ('b_total{job=~".+"}', ["metric b_total"]),
        ('a_total{topic="x"}', ["label topic of a_total"]),
        ('sum by (topic) (a_total{pipeline="x"})', ["label topic"]),
    ],
)
def test_an_unknown_metric_or_label_is_noticed(expression, problems):
    assert unknown(expression, {"a_total": {"pipeline"}}) == problems


def test_operands_are_what_an_alert_looks_at():
    assert operands('(a{x="1"} or b{y=" and "}) > 0 unless on (x) rate(c{}[5m]) == 2.5') == [
        '(a{x="1"} or b{y=" and "})',
        "rate(c{}[5m])",
    ]
