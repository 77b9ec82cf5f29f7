# SPDX-License-Identifier: Apache-2.0
"""The CMake package, as somebody outside the tree uses it."""

from __future__ import annotations

import os
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


def test_package_is_all_that_pkg_config_needs(sdk, tmp_path, drive):
    """In a folder that was moved after it was installed."""
    need("pkg-config")
    moved = shutil.copytree(sdk, tmp_path / "moved")
    (tmp_path / "plugin.cpp").write_text((SOURCES / "plugin.cpp").read_text())
    environment = {**os.environ, "PKG_CONFIG_PATH": str(moved / "share" / "pkgconfig")}
    comment = (moved / "share" / "pkgconfig" / "tidegate-plugin-sdk.pc").read_text()
    line = next(line.lstrip("# ") for line in comment.splitlines() if "g++" in line)
    run("sh", "-c", line, cwd=tmp_path, env=environment)
    assert exported_symbols(tmp_path / "orders.so") == ["tidegate_plugin_v1"]
    assert drive(tmp_path / "orders.so").code == 0
    version = run("pkg-config", "--modversion", "tidegate-plugin-sdk", env=environment).stdout
    assert version == "1.0.0\n"


def test_package_has_what_the_tree_has(sdk):
    """Headers, crate and examples, and nothing that a build left behind."""
    def files(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}

    tracked = run("git", "ls-files", "plugin-sdk", cwd=ROOT).stdout.split()
    for tree, installed in [("include", "include"), ("rust", "share/tidegate/rust"),
                            ("examples", "share/tidegate/examples")]:
        expected = {name.removeprefix(f"plugin-sdk/{tree}/") for name in tracked
                    if name.startswith(f"plugin-sdk/{tree}/") and "rust/tests/" not in name}
        assert files(sdk / installed) == expected and expected, tree


def test_package_says_its_version(sdk, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(PROJECT.replace("1.0 REQUIRED", "1.1 REQUIRED").format(
        languages="C", source="plugin.c"))
    done = subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={sdk}"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "1.0.0" in done.stderr, "a plugin that asks for a later minor is told so"


@pytest.mark.parametrize("plugin", ["flaky", "ledger", "ledger_batch", "log", "noop", "noop_batch"])
def test_tree_plugins_export_one_symbol(plugin):
    assert exported_symbols(build_folder() / "plugins" / f"{plugin}.so") == ["tidegate_plugin_v1"]
