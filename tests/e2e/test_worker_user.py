# SPDX-License-Identifier: Apache-2.0
"""`worker.user`: what a handler does to its process is told, charged and survived alike where that process is
another user's. Who it is, and what it can get at: tests/sdk/test_worker_user.py."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import tempfile
from pathlib import Path

import pytest

from copies import dead_letters
from failures import Draft, failing_keys, with_fate, write
from host import EXIT_OK
from kafka_view import View
from ledger import Ledger, assert_same_messages

GUEST = pwd.getpwnam("nobody")
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
# What each way to ruin a process is called afterwards, and what tells of it.
CRASHES = {"null_write": "SIGSEGV", "abort": "SIGABRT", "kill_group": "SIGKILL", "loop": "handler_timeout"}

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="NOT TESTED: only root can start a worker as another user"
)


@pytest.fixture
def guest_folder():
    """Of the worker's user: pytest's own folders, with the host's state, are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-guest-"))
    os.chown(folder, GUEST.pw_uid, GUEST.pw_gid)
    yield folder
    shutil.rmtree(folder)


def guest_keys(group: str, topic: str, folder: Path, **more):
    files = {"path": str(folder / "ledger.tsv"), "attempts": str(folder / "attempts.tsv")}
    worker = {"user": GUEST.pw_name, "max_crashing_messages": 10, **more.pop("worker", {})}
    return failing_keys(
        group, topic, {"max_retries": 3}, ledger=files, isolation="process", worker=worker, **more
    )


@pytest.mark.parametrize("way", CRASHES)
def test_7_blame_finds_the_message_in_another_users_process(
    start_host, kafka: View, make_topic, group, guest_folder, way
):
    topic = make_topic(2)
    drafts = [Draft(b"m.%d" % i, way if i in (40, 111) else "", i % 2) for i in range(160)]
    messages = write(kafka, topic, drafts)
    keys = guest_keys(
        group, topic, guest_folder, concurrency=2, max_crashes=2, handler_timeout="1s",
        handler_soft_timeout="500ms",
    )
    host = start_host("host", **keys)
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    guilty = with_fate(drafts, messages, way)
    copies = dead_letters(kafka, group)
    assert {copy.origin for copy in copies} == guilty
    assert all(CRASHES[way] in copy.header("error") for copy in copies)
    if way in ("null_write", "abort"):
        assert all("(ledger.so)" in copy.header("error") for copy in copies), "top of the stack"
    users = {line["user"] for line in host.events("worker_ready")}
    assert users == {f"{GUEST.pw_uid}:{GUEST.pw_gid}"}
    assert host.terminate() == EXIT_OK, host.log_tail()
    ledger = guest_folder / "ledger.tsv"
    assert ledger.stat().st_uid == GUEST.pw_uid
    assert_same_messages(Ledger(ledger).handled(), set(messages) - guilty)


@pytest.mark.parametrize("wanted", [True, False])
def test_core_file_is_left_where_it_is_wanted(
    make_host, kafka: View, make_topic, group, guest_folder, wanted
):
    """Linux gives a process whose user has changed none by itself."""
    if CORE_PATTERN.read_text()[0] in "|/":
        pytest.skip("NOT TESTED: kernel.core_pattern of this machine leaves core files elsewhere")
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("NOT TESTED: the hard limit of core files is 0 here")
    topic = make_topic(1)
    write(kafka, topic, [Draft(b"m.0", "abort"), Draft(b"m.1")])
    keys = guest_keys(group, topic, guest_folder, max_crashes=1, worker={"core_dumps": wanted})
    host = make_host("host", **keys)
    host.folder.chmod(0o777)  # its working directory, where the kernel writes core files
    host.start()
    host.wait_for("all is finished", lambda: kafka.committed(group, topic) == kafka.ends(topic), 90)
    cores = list(host.folder.glob("core*"))
    assert len(cores) == (1 if wanted else 0)
    assert not [core for core in cores if core.stat().st_uid != GUEST.pw_uid]
    assert host.terminate() == EXIT_OK, host.log_tail()
