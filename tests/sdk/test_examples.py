# SPDX-License-Identifier: Apache-2.0
"""The examples of the SDK build from where they are installed, and do what their first lines say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import cargo, exported_symbols, run

OK, FALSE, RETRY_AFTER, DEAD_LETTER, DROP, PAUSE, EXCEPTION = 0, 1, 3, 4, 5, 6, 7
NOT_ATTEMPTED = -1


def values(*texts: str | None) -> list[dict]:
    return [{"value": text} for text in texts]


@pytest.fixture(scope="module")
def examples(sdk, tmp_path_factory) -> Path:
    """Where they were built, below a copy: an installed SDK belongs to somebody else."""
    folder = shutil.copytree(sdk / "share" / "tidegate" / "examples", tmp_path_factory.mktemp("sdk") / "examples")
    for language in ("c", "cpp"):
        run("cmake", "-S", folder / language, "-B", folder / "build" / language, f"-DCMAKE_PREFIX_PATH={sdk}",
            "-DCMAKE_C_FLAGS=-Werror", "-DCMAKE_CXX_FLAGS=-Werror")
        run("cmake", "--build", folder / "build" / language)
    return folder


def test_smallest_example(examples, drive):
    plugin = examples / "build" / "cpp" / "smallest.so"
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    assert drive(plugin, messages=values("good", "bad")).statuses() == [OK, FALSE]


def test_bulk_example_answers_row_by_row_and_leaves_open_what_threw(examples, drive):
    plugin = examples / "build" / "cpp" / "bulk.so"
    ran = drive(plugin, messages=values("a", "", "b"))
    assert ran.statuses("batch") == [OK, DEAD_LETTER, OK]
    ran = drive(plugin, messages=values("", "a", "unreachable", "b"))
    assert ran.statuses("batch") == [DEAD_LETTER, NOT_ATTEMPTED, NOT_ATTEMPTED, NOT_ATTEMPTED]
    assert ran.statuses() == [DEAD_LETTER, OK, EXCEPTION, OK]


def test_enrich_example_gives_each_answer(examples, drive):
    plugin = examples / "build" / "cpp" / "enrich.so"
    messages = values("order", None, "broken", "too early", "outage")
    ran = drive(plugin, {"to": "orders.enriched"}, messages)
    assert ran.statuses() == [OK, DROP, DEAD_LETTER, RETRY_AFTER, PAUSE], ran.errors
    refused = drive(plugin, {}, messages)
    assert refused.code == 78 and "to is needed" in refused.errors


def test_filter_example_reads_headers(examples, drive):
    plugin = examples / "build" / "c" / "filter.so"
    messages = [{"value": "v", "headers": headers} for headers in ([["kind", "order"]], [["kind", None]], [])]
    assert drive(plugin, messages=messages).statuses() == [OK, DROP, DROP]


def test_rust_example_passes_its_own_tests_and_runs(sdk, examples, drive):
    project = examples / "rust"
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("../../rust", str(sdk / "share" / "tidegate" / "rust")))
    cargo("test", project=project)
    cargo("build", project=project)
    plugin = project / "target" / "debug" / "libshout.so"
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    ran = drive(plugin, messages=values("quiet", None, "outage"))
    assert ran.statuses() == ran.statuses("batch") == [OK, DROP, PAUSE]
