# SPDX-License-Identifier: Apache-2.0
"""`worker.user`: the probe and the worker run as that user, for good, and find what they need and no more. No broker is
needed: a host starts its workers before it has one."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import REFUSED, binary

GUEST = pwd.getpwnam("nobody")
# Of no entry: another one than that of the host.
STRANGER = 4_000_000_001
NEEDED = "+setuid,+setgid,+kill"

# Says in create as whom it runs and what it can get at; refuses where something is open to it that should not be.
PLUGIN = """
#include <tidegate/plugin.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
class Guest {
 public:
  Guest(tidegate::Host, std::string_view config) {
    const std::string text(config);
    const auto begin = text.find("/");
    const std::string secret = text.substr(begin, text.find('"', begin) - begin);
    if (std::ifstream(secret)) throw std::runtime_error("it reads " + secret);
    if (std::getenv("SECRET_OF_THE_HOST") != nullptr) throw std::runtime_error("it sees the host's environment");
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0) throw std::runtime_error("it is root again");
    const char* home = std::getenv("HOME");
    const std::string line = "guest " + std::to_string(getuid()) + " home " + (home ? home : "none") + "\\n";
    (void)!write(2, line.data(), line.size());
  }
  bool handle(const tidegate::Message&) { return true; }
};
TIDEGATE_PLUGIN_CLASS(Guest, "guest", "1.0.0")
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can start a worker as another user")


@pytest.fixture
def guest(plugin_of) -> Path:
    return plugin_of(PLUGIN)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where other users than that of the test can be; pytest's own folder is closed to them."""
    path = Path(tempfile.mkdtemp(prefix="tidegate-guest-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def configure(guest, folder) -> Callable[..., Path]:
    def write(user: str, more: str = "", isolation: str = "process") -> Path:
        secret = folder / "secret"
        secret.write_text("of the host")
        secret.chmod(0o600)
        shutil.copy(guest, folder / "guest.so")
        path = folder / "tidegate.toml"
        path.write_text(f"""config_version = 1
[host]
state_dir = "state"
plugin_dir = "."
[log]
format = "json"
[admin]
listen = "127.0.0.1:0"
[clusters.main]
bootstrap_servers = ["127.0.0.1:1"]
[pipelines.orders]
group_id = "orders"
topics = ["orders.v1"]
isolation = "{isolation}"
plugin.path = "guest.so"
plugin.config.secret = "{secret}"
worker.user = "{user}"
{more}""")
        return path
    return write


class Host:
    """One `tidegate run`, behind what starts it."""

    def __init__(self, config: Path, *starter: str) -> None:
        self.log = config.parent / "log.json"
        environment = {**os.environ, "SECRET_OF_THE_HOST": "x"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*starter, str(binary()), "run", "-c", str(config)], stderr=log,
                                            stdout=log, cwd=config.parent, env=environment)

    def event(self, name: str) -> dict:
        return until(f"the event {name}", lambda: next(iter(self.events(name)), None), self)

    def events(self, name: str) -> list[dict]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == name]


def until(what: str, found: Callable, host: Host, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, f"{what} has not come\n{host.log.read_text()}"
        time.sleep(0.01)
    return result


@contextlib.contextmanager
def running(config: Path, *starter: str) -> Iterator[Host]:
    host = Host(config, *starter)
    try:
        yield host
    finally:
        host.process.kill()
        host.process.wait()


def facts(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def is_guest(pid: int, user: int = GUEST.pw_uid, group: int = GUEST.pw_gid) -> None:
    is_now = facts(pid)
    assert is_now["Uid"].split() == [str(user)] * 4 and is_now["Gid"].split() == [str(group)] * 4
    assert is_now["Groups"] == "" and is_now["NoNewPrivs"] == "1"
    assert {is_now[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {"0" * 16}


@needs_root
def test_worker_is_that_user_and_nothing_is_opened_for_it(configure, folder):
    with running(configure("nobody")) as host:
        ready = host.event("worker_ready")
        is_guest(ready["pid"])
        assert ready["user"] == f"{GUEST.pw_uid}:{GUEST.pw_gid}"
        printed = until("its own word", lambda: [line["line"] for line in host.events("worker_output")], host)
        assert printed == [f"guest {GUEST.pw_uid} home {GUEST.pw_dir}"]
        state = folder / "state"
        assert mode(state) == 0o700 and mode(state / "plugins") == 0o700
        left = [os.readlink(entry) for entry in Path(f"/proc/{ready['pid']}/fd").iterdir()]
        assert not [name for name in left if str(folder) in name], left
        answer = subprocess.run([binary(), "status", "--state-dir", state, "--format", "json"], capture_output=True,
                                text=True, check=True)
        worker, = (pipeline["worker"] for pipeline in json.loads(answer.stdout)["pipelines"])
        assert worker == {"pid": ready["pid"], "user": ready["user"]}


@needs_root
def test_worker_ends_with_a_host_that_is_killed(configure):
    with running(configure("nobody")) as host:
        worker = Path(f"/proc/{host.event('worker_ready')['pid']}")
        host.process.kill()
        host.process.wait()
        until("the worker's end", lambda: not worker.exists(), host)


@needs_root
def test_worker_that_was_killed_is_followed_by_one_of_the_same_user(configure):
    with running(configure(f"{STRANGER}:{GUEST.pw_gid}")) as host:
        os.kill(host.event("worker_ready")["pid"], signal.SIGKILL)
        until("another worker", lambda: len(host.events("worker_ready")) > 1, host)
        is_guest(host.events("worker_ready")[1]["pid"], STRANGER)
        assert host.events("worker_output")[-1]["line"] == f"guest {STRANGER} home none"
        host.process.terminate()
        assert host.process.wait(60) == 0, "the host ends its worker, too"


@needs_root
def test_host_that_is_not_root_needs_three_capabilities(configure, folder):
    config = configure("nobody")
    for path in (folder, folder / "guest.so"):
        os.chown(path, STRANGER, STRANGER)
    own = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    with running(config, *own) as host:
        assert host.process.wait(60) == REFUSED
        assert "lacks CAP_SETUID, CAP_SETGID, CAP_KILL" in host.event("plugin_refused")["error"]
    with running(config, *own, f"--inh-caps={NEEDED}", f"--ambient-caps={NEEDED}") as host:
        worker = host.event("worker_ready")["pid"]
        is_guest(worker)
        host.process.kill()
        host.process.wait()
        until("the worker's end", lambda: not Path(f"/proc/{worker}").exists(), host)


def refused_at(config: Path) -> str:
    number = next(i for i, line in enumerate(config.read_text().splitlines(), 1) if line.startswith("worker.user"))
    return f"{config}:{number}:15: error: pipelines.orders.worker.user: "


@pytest.mark.parametrize(("user", "why"), [
    ("nobdy", 'worker.user = "nobdy": there is no user "nobdy" on this machine; create it'),
    ("nobody:nogrp", 'there is no group "nogrp" on this machine'),
    (str(STRANGER), f'has no entry that names its group; write the group too: "{STRANGER}:GROUP"'),
    ("root", "is root, who may do anything; name a user who may do less"),
])
def test_user_that_cannot_be_is_a_finding_at_its_key(user, why, configure, tidegate):
    config = configure(user)
    for arguments in (["validate"], ["validate", "--no-probe"]):
        validated = tidegate(*arguments, config)
        assert validated.returncode == REFUSED
        assert refused_at(config) in validated.stderr and why in validated.stderr
    with running(config) as host:
        assert host.process.wait(60) == REFUSED
        line = host.event("plugin_refused")
        assert why in line["error"] and line["reason"] == "no_user"
        assert line["path"] == "pipelines.orders.worker.user" and line["column"] == 15


@pytest.mark.parametrize(("user", "isolation", "why"), [
    ("nobody", "thread", 'isolation = "thread" runs the plugin in the host'),
    ("nobody:", "process", 'is neither "USER" nor "USER:GROUP"'),
    ("4294967295", "process", "4294967295 is no number of a user or a group"),
])
def test_what_no_machine_can_run_is_refused_without_a_look_at_it(user, isolation, why, configure, tidegate):
    config = configure(user, isolation=isolation)
    validated = tidegate("validate", "--offline", config)
    assert validated.returncode == REFUSED
    assert refused_at(config) in validated.stderr and why in validated.stderr


@needs_root
def test_probe_runs_as_that_user(configure, tidegate):
    config = configure("nobody")
    assert tidegate("validate", config).returncode == 0, "what is closed to others does not read the secret"
    (config.parent / "secret").chmod(0o644)
    validated = tidegate("validate", config)
    assert validated.returncode == REFUSED and "it reads " in validated.stderr
