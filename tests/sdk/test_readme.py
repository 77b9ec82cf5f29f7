# SPDX-License-Identifier: Apache-2.0
"""plugin-sdk/README.md is right: its commands are typed as they stand there, section by section, and its code compiles."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from conftest import ROOT, SOURCES, binary, cargo_project, need, run

README = (ROOT / "plugin-sdk" / "README.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", README, re.M | re.S))
WALK = ["1. Begin", "2. Try it", "3. Make it yours", "4. Run it"]


def commands(section: str) -> list[str]:
    return [line[4:] for line in SECTIONS[section].splitlines() if line.startswith("    ")]


def code(section: str, language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", SECTIONS[section], re.S)[1]


def type_in(lines: list[str], folder: Path) -> str:
    environment = {**os.environ, "PATH": f"{binary().parent}:{os.environ['PATH']}", "HOME": str(folder)}
    return run("bash", "-c", "set -e\n" + "\n".join(lines), cwd=folder, env=environment).stdout


def test_walk_of_ten_minutes(tmp_path, drive):
    typed = [line for section in WALK for line in commands(section)]
    needs_kafka = [line for line in typed if line.startswith("tidegate run ")]
    assert len(needs_kafka) == 1 and len(typed) >= 10
    said = type_in([line for line in typed if line not in needs_kafka], tmp_path)
    assert "adds up" in said and "does NOT" not in said
    assert drive(tmp_path / "orders" / "orders.so").code == 0, "by the compiler alone"


def test_smallest_plugin_is_whole(compile_plugin, drive, tmp_path):
    (tmp_path / "plugin.cpp").write_text(code("3. Make it yours", "cpp"))
    plugin = compile_plugin(tmp_path / "plugin.cpp")
    assert drive(plugin, messages=[{"value": "good"}, {"value": "bad"}]).statuses() == [0, 1]


def test_tools_take_the_smallest_plugin_and_the_messages_shown(compile_plugin, tmp_path):
    (tmp_path / "plugin.cpp").write_text(code("3. Make it yours", "cpp"))
    compile_plugin(tmp_path / "plugin.cpp", name="orders")
    shown = commands("Try it without Kafka")
    messages = [line for line in shown if line.startswith("{")]
    (tmp_path / "messages.jsonl").write_text("\n".join(messages))
    said = type_in([line for line in shown if line not in messages], tmp_path)
    assert "yes (host ABI" in said and "all 11 checks passed" in said and "NS/MESSAGE" in said


def test_shipping(compile_plugin, tmp_path):
    """To a host that runs; it needs no broker to take another version of a plugin."""
    (tmp_path / "plugin.cpp").write_text(code("3. Make it yours", "cpp"))
    compile_plugin(tmp_path / "plugin.cpp", name="orders")
    (tmp_path / "plugins").mkdir()
    shutil.copy(tmp_path / "orders.so", tmp_path / "plugins")
    (tmp_path / "tidegate.toml").write_text("""config_version = 1
[host]
plugin_dir = "plugins"
state_dir = "state"
[admin]
listen = "127.0.0.1:0"
[clusters.main]
bootstrap_servers = ["127.0.0.1:1"]
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
plugin.path = "orders.so"
""")
    (tmp_path / "plugin.cpp").write_text(code("3. Make it yours", "cpp").replace("1.4.2", "1.5.0"))
    compile_plugin(tmp_path / "plugin.cpp", name="orders")
    with running_host(tmp_path):
        said = type_in(commands("Shipping a handler"), tmp_path)
    assert "yes (host ABI" in said and "orders 1.5.0 instead of 1.4.2" in said


@contextlib.contextmanager
def running_host(folder: Path):
    log = (folder / "host.log").open("w")
    host = subprocess.Popen([binary(), "run", "-c", "tidegate.toml"], cwd=folder, stderr=log, stdout=log)
    try:
        deadline = time.monotonic() + 30
        while subprocess.run([binary(), "status", "-c", "tidegate.toml"], cwd=folder, capture_output=True,
                             check=False).returncode != 0:
            assert host.poll() is None and time.monotonic() < deadline, (folder / "host.log").read_text()
            time.sleep(0.05)
        yield
    finally:
        host.terminate()
        host.wait(30)
        log.close()


def test_smallest_plugin_in_rust_is_whole(sdk, drive, tmp_path):
    source = tmp_path / "lib.rs"
    source.write_text(code("In Rust", "rust"))
    plugin = cargo_project(sdk, source, tmp_path / "cargo")
    assert drive(plugin, messages=[{"value": "good"}, {"value": "bad"}]).statuses() == [0, 1]


def test_installed_sdk(tmp_path, drive):
    """With the SDK's folder only, as it is in the tree."""
    need("pkg-config")
    shutil.copytree(ROOT / "plugin-sdk", tmp_path / "plugin-sdk", ignore=shutil.ignore_patterns("target"))
    shutil.copy(SOURCES / "plugin.cpp", tmp_path)
    type_in(commands("An installed SDK"), tmp_path)
    assert drive(tmp_path / "orders.so").code == 0


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)", README))))
def test_link_leads_somewhere(link):
    assert (ROOT / "plugin-sdk" / link).exists()
