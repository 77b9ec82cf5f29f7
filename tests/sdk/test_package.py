# SPDX-License-Identifier: Apache-2.0
"""The CMake package, as somebody outside the tree uses it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, SOURCES, build_folder, compiler_command, exported_symbols, need, run

PROJECT = """
cmake_minimum_required(VERSION 3.22)
project(stranger LANGUAGES {languages})
find_package(TidegatePluginSDK 1.0 REQUIRED)
tidegate_add_plugin(stranger SOURCES {source})
"""


def write_project(folder: Path, source: Path | str, languages: str) -> Path:
    folder.mkdir()
    name = source.name if isinstance(source, Path) else "plugin.cpp"
    (folder / name).write_text(source.read_text() if isinstance(source, Path) else source)
    (folder / "CMakeLists.txt").write_text(PROJECT.format(languages=languages, source=name))
    return folder


def build(project: Path, sdk: Path, *arguments: str) -> Path:
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={sdk}", *arguments)
    run("cmake", "--build", project / "build", "--verbose")
    return project / "build"


@pytest.mark.parametrize("linker", ["bfd", "lld"])
@pytest.mark.parametrize("compiler", ["g++", "clang++", "libc++"])
def test_strangers_cpp_project_builds_loads_and_exports_one_symbol(compiler, linker, sdk, tmp_path, drive):
    command, *flags = compiler_command(compiler, tmp_path)
    need(f"ld.{linker}")
    project = write_project(tmp_path / "project", SOURCES / "plugin.cpp", "CXX")
    flags.append(f"-fuse-ld={linker}")
    plugin = build(project, sdk, f"-DCMAKE_CXX_COMPILER={command}", f"-DCMAKE_CXX_FLAGS={' '.join(flags)}"
                   ) / "stranger.so"
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    assert drive(plugin).code == 0


def test_strangers_c_project_needs_no_cpp(sdk, tmp_path, drive):
    project = write_project(tmp_path / "project", SOURCES / "plugin.c", "C")
    plugin = build(project, sdk) / "stranger.so"
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    needed = run("readelf", "--dynamic", plugin).stdout
    assert "libstdc++" not in needed
    assert drive(plugin).code == 0


def test_plugin_is_linked_for_safety(sdk, tmp_path):
    plugin = build(write_project(tmp_path / "project", SOURCES / "plugin.cpp", "CXX"), sdk) / "stranger.so"
    dynamic = run("readelf", "--dynamic", "--notes", plugin).stdout
    assert "BIND_NOW" in dynamic or "NOW" in dynamic
    assert "NT_GNU_BUILD_ID" in dynamic
    assert "GNU_STACK" in (segments := run("readelf", "--segments", "--wide", plugin).stdout)
    stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
    assert "RWE" not in stack


@pytest.mark.parametrize(("source", "complaint"), [
    ("int forgotten() { return 1; }\n", "tidegate_plugin_v1"),
    ("#include <tidegate/plugin.hpp>\nbool missing();\n"
     "bool handle(const tidegate::Message&) { return missing(); }\nTIDEGATE_PLUGIN(handle, \"n\", \"1\")\n", "missing"),
], ids=["no table", "undefined function"])
def test_what_is_missing_is_found_when_linking(source, complaint, sdk, tmp_path):
    project = write_project(tmp_path / "project", source, "CXX")
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={sdk}")
    done = subprocess.run(["cmake", "--build", project / "build"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr


def test_template_builds_and_handles(sdk, tmp_path, drive):
    project = tmp_path / "template"
    shutil.copytree(sdk / "share" / "tidegate" / "plugin-template", project)
    plugin = build(project, sdk, "-DCMAKE_CXX_FLAGS=-Werror") / "orders.so"
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    messages = [{"value": "12345"}, {"value": "123456"}, {"value": None}]
    ran = drive(plugin, {"max_bytes": 5}, messages)
    assert ran.statuses() == [0, 4, 5], ran.errors
    assert drive(plugin, {"max_bytes": "x"}).code == 78


def test_smallest_plugin_builds_with_the_line_of_the_readme(tmp_path, drive):
    readme = (ROOT / "plugin-sdk" / "README.md").read_text()
    code = readme.split("```cpp\n", 2)[1].split("```")[0]
    line = next(line.strip() for line in readme.splitlines() if line.strip().startswith("g++ "))
    (tmp_path / "plugin.cpp").write_text(code)
    run("sh", "-c", line.replace("-Iplugin-sdk", f"-I{ROOT}/plugin-sdk"), cwd=tmp_path)
    assert drive(tmp_path / "orders.so", messages=[{"value": "good"}, {"value": "bad"}]).statuses() == [0, 1]


@pytest.mark.parametrize("plugin", ["flaky", "ledger", "ledger_batch", "log", "noop", "noop_batch"])
def test_tree_plugins_export_one_symbol(plugin):
    assert exported_symbols(build_folder() / "plugins" / f"{plugin}.so") == ["tidegate_plugin_v1"]
