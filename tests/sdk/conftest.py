# SPDX-License-Identifier: Apache-2.0
"""What the tests of this floor share: an installed SDK, compilers, and the host's loader as a program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).resolve().parent / "plugins"
REFUSED = 78
# The ways in which the host runs a plugin: every test that runs a plugin in the whole host has this parameter.
ISOLATION_MODES = ["thread", "process"]
COMPILERS = {"g++": ["g++"], "clang++": ["clang++"], "libc++": ["clang++", "-stdlib=libc++"]}


def build_folder() -> Path:
    return Path(os.environ.get("TIDEGATE_BUILD", ROOT / "build" / "release"))


def binary() -> Path:
    return build_folder() / "bin" / "tidegate"


def run(*command: object, **options: object) -> subprocess.CompletedProcess:
    """Runs a command that must succeed; its output is in the failure."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300,
                          check=False, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} on this machine")


def need_libcxx(tmp_path: Path) -> None:
    need("clang++")
    probe = tmp_path / "probe.cpp"
    probe.write_text("#include <string>\nint main() { return static_cast<int>(std::string().size()); }\n")
    done = subprocess.run(["clang++", "-stdlib=libc++", probe, "-o", tmp_path / "probe"], capture_output=True,
                          check=False)
    if done.returncode != 0:
        pytest.skip("there is no libc++ for clang++ on this machine")


def compiler_command(name: str, tmp_path: Path) -> list[str]:
    command = COMPILERS[name]
    need(command[0])
    if name == "libc++":
        need_libcxx(tmp_path)
    return command


@pytest.fixture(scope="session")
def sdk(tmp_path_factory) -> Path:
    """The SDK, configured alone and installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("sdk")
    run("cmake", "-S", ROOT / "plugin-sdk", "-B", folder / "build")
    run("cmake", "--install", folder / "build", "--prefix", folder / "install")
    return folder / "install"


@pytest.fixture
def compile_plugin(sdk, tmp_path) -> Callable[..., Path]:
    """Compiles one source into a plugin, with the compiler alone and no build system."""
    def compile_with(source: str | Path, *arguments: str, name: str = "plugin") -> Path:
        path = Path(source)
        is_c = path.suffix == ".c"
        command = [*arguments] or (["gcc", "-std=c11"] if is_c else ["g++", "-std=c++17"])
        out = tmp_path / f"{name}.so"
        run(*command, "-O1", "-shared", "-fPIC", "-fvisibility=hidden", "-I", sdk / "include", path, "-o", out)
        return out
    return compile_with


CARGO_PROJECT = """
[package]
name = "plugin"
version = "1.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
tidegate-plugin = {{ path = "{sdk}/share/tidegate/rust" }}
[workspace]
"""


def cargo(command: str, *arguments: object, project: Path) -> subprocess.CompletedProcess:
    """Everything that cargo leaves goes to the project; nothing is fetched."""
    need("cargo")
    return run("cargo", command, "--offline", *arguments, cwd=project,
               env={**os.environ, "CARGO_TARGET_DIR": str(project / "target")})


def cargo_project(sdk: Path, source: Path, project: Path, profile: str = "") -> Path:
    """Builds one source with the installed crate, in a folder that is made for it."""
    (project / "src").mkdir(parents=True)
    (project / "Cargo.toml").write_text(CARGO_PROJECT.format(sdk=sdk) + profile)
    shutil.copy(source, project / "src" / "lib.rs")
    cargo("build", "--release", project=project)
    return project / "target" / "release" / "libplugin.so"


class Ran(NamedTuple):
    code: int
    answers: list[dict]
    output: str
    errors: str

    def answer(self, call: str) -> dict:
        """The one answer of that call."""
        answer, = (answer for answer in self.answers if answer["call"] == call)
        return answer

    def statuses(self, call: str = "handle") -> list[int]:
        return [answer["status"] for answer in self.answers if answer["call"] == call]

    def reasons(self, call: str = "handle") -> list[str]:
        return [answer["reason"] for answer in self.answers if answer["call"] == call]


@pytest.fixture
def drive(tmp_path) -> Callable[..., Ran]:
    """Loads a plugin as the host does and hands it messages (driver.cpp)."""
    def drive_plugin(plugin: Path, config: object = None, messages: list[dict] | None = None,
                     environment: dict | None = None) -> Ran:
        command = [build_folder() / "bin" / "tidegate_sdk_driver", plugin, tmp_path / "state"]
        command.append("{}" if config is None else json.dumps(config))
        if messages is not None:
            path = tmp_path / "messages.json"
            path.write_text(json.dumps(messages))
            command.append(path)
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120,
                              check=False, env={**os.environ, **(environment or {})})
        answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"call"')]
        return Ran(done.returncode, answers, done.stdout, done.stderr)
    return drive_plugin


@pytest.fixture
def tidegate(tmp_path) -> Callable[..., subprocess.CompletedProcess]:
    """The host's executable, in a folder of the test's own."""
    def call(*arguments: object, standard_input: str | None = None) -> subprocess.CompletedProcess:
        environment = {**os.environ, "STATE_DIRECTORY": str(tmp_path / "state")}
        return subprocess.run([str(build_folder() / "bin" / "tidegate"), *map(str, arguments)], cwd=tmp_path,
                              input=standard_input, capture_output=True, text=True, timeout=120, check=False,
                              env=environment)
    return call


@pytest.fixture
def plugin_of(compile_plugin, tmp_path):
    def compile_text(text: str) -> Path:
        source = tmp_path / "plugin.cpp"
        source.write_text(text)
        return compile_plugin(source)
    return compile_text


@pytest.fixture
def messages(tmp_path):
    def write(*lines: dict | str) -> Path:
        path = tmp_path / "messages.jsonl"
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path
    return write


def tree_plugin(name: str) -> Path:
    return build_folder() / "plugins" / f"{name}.so"


def exported_symbols(library: Path) -> list[str]:
    lines = run("nm", "--dynamic", "--defined-only", library).stdout.splitlines()
    return sorted(line.split()[-1] for line in lines)
