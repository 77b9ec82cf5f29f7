# SPDX-License-Identifier: Apache-2.0
"""What Grafana's dashboard-linter asks for, and our own rules, without Grafana and without a host.

Whether the expressions find anything is tests/e2e/test_dashboards.py's question.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

import sources

DASHBOARD_FILES = sorted((sources.ROOT / "dashboards" / "grafana").glob("*.json"))
README = (sources.ROOT / "dashboards" / "README.md").read_text()
ALERTS = (sources.ROOT / "dashboards" / "prometheus" / "alerts.yml").read_text()
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Of Grafana's unit ids, those that we use; a misspelt one is shown as text behind the number.
UNITS = {"none", "short", "s", "bytes", "Bps", "mps", "ops", "cps", "percentunit"}
COUNTER = re.compile(r"\b\w+_(?:total|bucket|sum|count)\b")
COUNTER_IN_RATE = re.compile(r"\b(?:rate|increase)\(\w+_(?:total|bucket|sum|count)\{")
RANGE = re.compile(r"\b(rate|increase|irate|deriv|delta)\([^\[\]]*\[([^\]]*)\]")


def dashboards() -> list[dict]:
    return [json.loads(path.read_text()) for path in DASHBOARD_FILES]


def panels(dashboard: dict) -> list[dict]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def variables(dashboard: dict) -> dict[str, dict]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def target_breaches(expression: str) -> list[str]:
    """What is wrong with one panel's expression, apart from its answer."""
    found = []
    for selector in re.findall(r"\w+\{[^{}]*\}", expression):
        for label in ("job", "instance"):
            if f'{label}=~"${label}"' not in selector:
                found.append(f'{selector} lacks {label}=~"${label}"')
    if not re.search(r"\w+\{", expression):
        found.append("has no selector with matchers")
    if len(COUNTER.findall(expression)) != len(COUNTER_IN_RATE.findall(expression)):
        found.append("shows a counter outside of rate() and increase()")
    for function, window in RANGE.findall(expression):
        if window != "$__rate_interval":
            found.append(f"{function}() over {window} instead of $__rate_interval")
    return found


def panel_breaches(panel: dict) -> list[str]:
    found = []
    if not panel.get("title") or not panel.get("description"):
        found.append("lacks a title or a description")
    if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
        found.append(f"has the unit {panel['fieldConfig']['defaults'].get('unit')}")
    if panel["datasource"] != DATASOURCE:
        found.append("does not use the variable ${datasource}")
    if not panel["targets"]:
        found.append("asks nothing")
    for target in panel["targets"]:
        if target["datasource"] != DATASOURCE:
            found.append("has a target that does not use the variable ${datasource}")
        found += [f"{target['expr']}: {breach}" for breach in target_breaches(target["expr"])]
    return [f"{panel['title']}: {breach}" for breach in found]


def test_there_is_a_dashboard():
    assert DASHBOARD_FILES
    assert all(panels(dashboard) for dashboard in dashboards())


def test_the_files_are_what_the_generator_writes():
    script = sources.ROOT / "dashboards" / "generate.py"
    checked = subprocess.run(
        [sys.executable, "-B", str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_provisioning_needs_no_inputs_and_keeps_links_and_files_as_they_are():
    seen = set()
    for path, dashboard in zip(DASHBOARD_FILES, dashboards()):
        assert "__inputs" not in dashboard and "${DS_" not in path.read_text(), path
        assert dashboard["editable"] is False and dashboard["schemaVersion"] == 39, path
        assert dashboard["graphTooltip"] == 1, path
        assert 0 < len(dashboard["uid"]) <= 40 and dashboard["uid"] not in seen, path
        assert "id" not in dashboard, "an id belongs to one Grafana"
        seen.add(dashboard["uid"])


def test_the_data_source_is_a_variable_and_there_is_one_of_it():
    for dashboard in dashboards():
        found = [v for v in dashboard["templating"]["list"] if v["type"] == "datasource"]
        assert [(v["name"], v["label"], v["query"]) for v in found] == [
            ("datasource", "Data Source", "prometheus")
        ]


@pytest.mark.parametrize("name", ["job", "instance", "pipeline"])
def test_variables_choose_several_and_follow_the_time_range(name):
    for dashboard in dashboards():
        variable = variables(dashboard)[name]
        assert variable["multi"] and variable["includeAll"] and variable["allValue"] == ".+"
        assert variable["refresh"] == 2 and variable["datasource"] == DATASOURCE
        assert variable["query"]["query"].startswith("label_values(tidegate_")


def test_every_panel_and_expression_follows_the_rules():
    breaches = [
        b for dashboard in dashboards() for p in panels(dashboard) for b in panel_breaches(p)
    ]
    assert not breaches, "\n" + "\n".join(breaches)


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    for dashboard in dashboards():
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))
        cells: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            own = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert at["x"] + at["w"] <= 24, panel["title"]
            assert not own & cells, f"{panel['title']} lies over another panel"
            cells |= own


def test_the_readme_names_every_panel_and_every_alert():
    titles = [panel["title"] for dashboard in dashboards() for panel in panels(dashboard)]
    alerts = re.findall(r"^ *- alert: (\w+)$", ALERTS, re.MULTILINE)
    assert alerts
    assert [name for name in titles + alerts if f"| {name} |" not in README] == []


@pytest.mark.parametrize(
    ("expression", "breach"),
    [
        ('rate(a_total{job=~"$job",instance=~"$instance"}[$__rate_interval])', ""),
        ('a{job=~"$job",instance=~"$instance"}', ""),
        ('a{instance=~"$instance"}', "lacks job"),
        ('a{job=~"$job"}', "lacks instance"),
        ('sum(a_total{job=~"$job",instance=~"$instance"})', "counter outside"),
        ('rate(a_total{job=~"$job",instance=~"$instance"}[5m])', "instead of"),
        ("up", "no selector"),
    ],
)
def test_a_breach_in_an_expression_is_noticed(expression, breach):
    found = "; ".join(target_breaches(expression))
    assert (breach in found) if breach else (found == "")
