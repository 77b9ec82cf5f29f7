# SPDX-License-Identifier: Apache-2.0
"""A stranger's walk: `tidegate plugin new` in an empty folder, then what it prints, then what the project's README says,
word for word. Nothing of this tree is there but the binary."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ISOLATION_MODES, ROOT, binary, cargo, exported_symbols, need, run

LANGUAGES = {"c": "plugin.c", "cpp": "plugin.cpp", "rust": "src/lib.rs"}
NAME = "late-orders"
USAGE = 64


def stranger(folder: Path, *, with_path: bool) -> dict[str, str]:
    """An environment of one who has the binary, in the PATH or not, and no SDK."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("CMAKE_PREFIX_PATH", "PKG_CONFIG_PATH", "CPATH", "CARGO_TARGET_DIR")}
    if with_path:
        environment["PATH"] = f"{binary().parent}:{environment['PATH']}"
    return {**environment, "TMPDIR": str(folder), "CARGO_NET_OFFLINE": "true"}


def new(folder: Path, *arguments: str, with_path: bool = True) -> subprocess.CompletedProcess:
    return subprocess.run([binary(), "plugin", "new", *arguments], cwd=folder, capture_output=True, text=True,
                          check=False, env=stranger(folder, with_path=with_path))


def commands_in(text: str, indent: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith(indent) and line.strip()]


def walk(commands: list[str], folder: Path, *, with_path: bool) -> str:
    """Types the commands one after the other into one shell."""
    script = "set -e\n" + "\n".join(commands)
    return run("sh", "-c", script, cwd=folder, env=stranger(folder, with_path=with_path)).stdout


def need_tools(language: str) -> None:
    need("cargo" if language == "rust" else "cmake")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_prints_leads_to_a_running_handler(language, tmp_path):
    need_tools(language)
    made = new(tmp_path, NAME, "--lang", language, with_path=False)
    assert made.returncode == 0, made.stderr
    commands = commands_in(made.stdout, "  ")
    assert commands[0] == f"cd {NAME}" and len(commands) >= 5
    said = walk(commands, tmp_path, with_path=False)
    assert f"{NAME} 0.1.0" in said, "plugin inspect knows it"
    assert "yes (host ABI 1.0)" in said
    assert "  adds up" in said, "the demo ran over it"


@pytest.mark.parametrize("language", LANGUAGES)
def test_readme_of_the_project_is_right_to_the_word(language, tmp_path):
    need_tools(language)
    assert new(tmp_path, NAME, "--lang", language).returncode == 0
    commands = commands_in((tmp_path / NAME / "README.md").read_text(), "    ")
    needs_kafka = [command for command in commands if command.startswith("tidegate run ")]
    assert len(needs_kafka) == 1
    said = walk([command for command in commands if command not in needs_kafka], tmp_path / NAME, with_path=True)
    assert "adds up" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_handler_does_what_its_test_says(language, tmp_path, drive):
    """Through the host's own loader and in the whole host; the test of the project fails when the handler is wrong."""
    need_tools(language)
    made = new(tmp_path, NAME, "--lang", language)
    project = tmp_path / NAME
    steps = [command for command in commands_in(made.stdout, "  ") if command.split()[0] in ("cmake", "ctest", "cargo")]
    walk(steps, project, with_path=True)
    plugin = next(path for path in project.rglob("*late*orders.so") if "deps" not in path.parts)
    assert exported_symbols(plugin) == ["tidegate_plugin_v1"]
    messages = [{"value": "12345"}, {"value": "123456"}, {"value": None}]
    ran = drive(plugin, {"max_bytes": 5}, messages)
    assert ran.statuses() == [0, 4, 5], ran.errors
    refused = drive(plugin, {"max_bytes": "x"})
    assert refused.code == 78 and "a whole number is needed" in refused.errors
    for isolation in ISOLATION_MODES:  # no parameter: what was built is the same
        run(binary(), "demo", "--messages", "2000", "--no-progress", "--plugin", plugin, "--set",
            f"pipelines.demo.isolation={isolation}", env=stranger(tmp_path, with_path=True))

    source = project / LANGUAGES[language]
    right = source.read_text()
    source.write_text(right.replace("too large", "too big", 1))
    assert source.read_text() != right
    with pytest.raises(AssertionError):
        walk(steps, project, with_path=True)


def test_new_project_in_rust_is_clean_for_clippy_and_rustfmt(tmp_path):
    need("cargo-clippy")
    need("rustfmt")
    assert new(tmp_path, NAME, "--lang", "rust").returncode == 0
    cargo("clippy", "--all-targets", "--", "-D", "warnings", project=tmp_path / NAME)
    run("cargo", "fmt", "--check", "--", "--config", "max_width=100", cwd=tmp_path / NAME)


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_project_takes_an_installed_sdk_instead_of_its_copy(language, sdk, tmp_path):
    assert new(tmp_path, NAME, "--lang", language).returncode == 0
    project = tmp_path / NAME
    shutil.rmtree(project / "sdk")
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={sdk}")
    run("cmake", "--build", project / "build")
    run("ctest", "--test-dir", project / "build", "--no-tests=error")


@pytest.mark.parametrize("language", LANGUAGES)
def test_copy_of_the_sdk_is_whole(language, tmp_path):
    """Every file of the tree that a project of this language needs is embedded, to the letter."""
    assert new(tmp_path, NAME, "--lang", language).returncode == 0
    tracked = run("git", "ls-files", "plugin-sdk", cwd=ROOT).stdout.split()
    if language == "rust":
        pairs = {name: name.replace("plugin-sdk/rust/", "sdk/tidegate-plugin/") for name in tracked
                 if name.startswith("plugin-sdk/rust/") and "/tests/" not in name and not name.endswith("fmt.toml")}
    else:
        pairs = {name: name.replace("plugin-sdk/", "sdk/") for name in tracked
                 if name.startswith("plugin-sdk/include/") and (language == "cpp" or name.endswith(".h"))}
        pairs |= {f"plugin-sdk/cmake/{name}": f"sdk/cmake/{name}" for name in ("TidegateAddPlugin.cmake", "plugin.map")}
    project = tmp_path / NAME
    assert {str(path.relative_to(project)) for path in (project / "sdk").rglob("*") if path.is_file()
            } == set(pairs.values())
    for ours, theirs in pairs.items():
        assert (project / theirs).read_text() == (ROOT / ours).read_text(), ours


@pytest.mark.parametrize(("name", "reason"), [
    ("../elsewhere", "begins with a letter"), ("Orders", "begins with a letter"), ("", "empty"),
    ("x" * 65, "64"), ("test", "CMake"),
])
def test_illegal_name_is_refused_with_its_reason(name, reason, tmp_path):
    done = new(tmp_path, name)
    assert done.returncode == USAGE and reason in done.stderr, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch], ids=["folder", "file"])
def test_what_is_there_is_not_touched(make, tmp_path):
    make(tmp_path / NAME)
    done = new(tmp_path, NAME)
    assert done.returncode == USAGE and "is there already" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == [NAME]


def test_folder_that_cannot_be_written_is_no_usage_error():
    done = new(Path("/proc"), NAME)  # nobody can make a folder there
    assert done.returncode == 1 and NAME in done.stderr
