# SPDX-License-Identifier: Apache-2.0
"""Panels, variables and annotations as Grafana's JSON."""

from __future__ import annotations

from overview.model import HOST, PIPELINE, Panel

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def variable(name: str, label: str, query: str) -> dict:
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": DATASOURCE,
        "definition": query,
        "query": {"query": query, "refId": f"variable-{name}"},
        "multi": True,
        "includeAll": True,
        "allValue": ".+",
        "current": {"text": ["All"], "value": ["$__all"]},
        "refresh": 2,  # when the time range changes
        "sort": 1,
        "hide": 0,
        "regex": "",
        "skipUrlSync": False,
        "options": [],
    }


def variables() -> list[dict]:
    # From metrics that every host has at once: no panel hangs on one that may be absent.
    return [
        {
            "type": "datasource",
            "name": "datasource",
            "label": "Data Source",
            "query": "prometheus",
            "current": {},
            "hide": 0,
            "includeAll": False,
            "multi": False,
            "refresh": 1,
            "regex": "",
            "skipUrlSync": False,
            "options": [],
        },
        variable("job", "Job", "label_values(tidegate_build_info, job)"),
        variable(
            "instance", "Instance", 'label_values(tidegate_build_info{job=~"$job"}, instance)'
        ),
        variable(
            "pipeline", "Pipeline", f"label_values(tidegate_pipeline_state{{{HOST}}}, pipeline)"
        ),
    ]


def annotation(
    name: str, expression: str, colour: str, title: str, text: str, **more: object
) -> dict:
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "expr": expression,
        "titleFormat": title,
        "textFormat": text,
        **more,
    }


def annotations() -> list[dict]:
    applied = f"tidegate_config_last_reload_success_timestamp_seconds{{{HOST}}} * 1000"
    moved = (
        f'increase(tidegate_rebalances_total{{{PIPELINE},type=~"revoked|lost"}}[$__rate_interval])'
    )
    return [
        annotation(
            "Configuration applied",
            applied,
            "green",
            "configuration applied",
            "{{instance}}",
            useValueForTime="on",
        ),
        annotation(
            "Rebalances",
            f"sum by (pipeline, type) ({moved}) > 0",
            "orange",
            "partitions {{type}}",
            "{{pipeline}}",
            step="60s",
        ),
    ]


def target(panel: Panel, number: int, legend: str, expression: str) -> dict:
    formats = {"table": "table", "heatmap": "heatmap"}
    instant = panel.kind in ("table", "stat")
    return {
        "refId": chr(ord("A") + number),
        "datasource": DATASOURCE,
        "expr": expression,
        "legendFormat": legend,
        "editorMode": "code",
        "format": formats.get(panel.kind, "time_series"),
        "instant": instant,
        "range": not instant,
    }


def field_config(panel: Panel) -> dict:
    defaults: dict = {"unit": panel.unit, "min": 0}
    if panel.kind == "timeseries":
        stacking = {"mode": "normal" if panel.stacked else "none", "group": "A"}
        defaults["custom"] = {
            "fillOpacity": 30 if panel.stacked else 5,
            "lineWidth": 1,
            "showPoints": "never",
            "stacking": stacking,
        }
    if panel.kind == "heatmap":
        defaults = {"unit": panel.unit}
    return {"defaults": defaults, "overrides": []}


def options(panel: Panel) -> dict:
    if panel.kind == "stat":
        return {
            "colorMode": "none",
            "graphMode": "none",
            "textMode": "auto",
            "orientation": "auto",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    if panel.kind == "table":
        return {"showHeader": True, "cellHeight": "sm"}
    if panel.kind == "heatmap":
        return {
            "calculate": False,
            "yAxis": {"unit": panel.unit},
            "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Oranges", "steps": 64},
            "tooltip": {"show": True},
        }
    return {
        "legend": {"displayMode": "table", "placement": "bottom", "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def panel_json(panel: Panel, identity: int, x: int, y: int, height: int) -> dict:
    made = {
        "id": identity,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": height},
        "fieldConfig": field_config(panel),
        "options": options(panel),
        "targets": [target(panel, n, *item) for n, item in enumerate(panel.targets.items())],
    }
    if panel.kind == "table":
        made["transformations"] = [
            {
                "id": "organize",
                "options": {"excludeByName": {"Time": True}, "renameByName": {"Value": "hosts"}},
            }
        ]
    return made
