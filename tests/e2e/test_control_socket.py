# SPDX-License-Identifier: Apache-2.0
"""Who may ask and change a running host: the control socket, and what admin.listen allows."""

from __future__ import annotations

import os
import stat

import pytest
import requests

from control import facts, pipeline_of, tidegate
from host import EXIT_FAILED, EXIT_OK, HTTP_SECONDS
from kafka_view import View


def test_changes_over_http_are_forbidden_unless_they_are_configured(
    make_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    keys = {"group_id": group, "topics": [topic], "retry": {"mode": "none"}}
    closed = make_host("closed", **keys).start()
    closed.wait_event("host_starting")
    pause = "/api/v1/pipelines/main/pause"
    answer = requests.post(closed.url(pause), timeout=HTTP_SECONDS)
    assert answer.status_code == 403
    assert "admin.enable_lifecycle" in answer.text
    assert pipeline_of(closed)["paused_by"] == []
    assert closed.terminate() == EXIT_OK, closed.log_tail()

    opened = make_host("opened", arguments=("--set", "admin.enable_lifecycle=true"), **keys).start()
    opened.wait_event("host_starting")
    answer = requests.post(opened.url(pause), timeout=HTTP_SECONDS)
    assert (answer.status_code, answer.json()["state"]) == (200, "paused")
    assert requests.get(opened.url(pause), timeout=HTTP_SECONDS).status_code == 405
    unknown = requests.post(
        opened.url("/api/v1/pipelines/mian/resume"), timeout=HTTP_SECONDS
    )
    assert unknown.status_code == 404
    assert "main" in unknown.text
    resume = opened.url("/api/v1/pipelines/main/resume")
    assert requests.post(resume, timeout=HTTP_SECONDS).json()["paused_by"] == []
    assert opened.terminate() == EXIT_OK, opened.log_tail()


def test_the_socket_is_the_owners_and_a_folder_is_one_hosts(
    make_host, kafka: View, make_topic, group
):
    topic = make_topic(1)
    keys = {"group_id": group, "topics": [topic], "retry": {"mode": "none"}}
    first = make_host("first", **keys).start()
    first.wait_event("host_starting")
    socket = first.folder / "state" / "control.sock"
    facts_of_file = os.lstat(socket)
    assert stat.S_ISSOCK(facts_of_file.st_mode)
    assert stat.S_IMODE(facts_of_file.st_mode) == 0o600

    state_dir = ("--set", f"host.state_dir={first.folder / 'state'}")
    second = make_host("second", arguments=state_dir, **keys).start()
    assert second.wait_exit() == EXIT_FAILED
    (refusal,) = second.events("host_failed")
    assert str(first.folder / "state") in refusal["error"]
    assert f"process {first.process.pid}" in refusal["error"]
    assert pipeline_of(first)["state"] in ("starting", "running"), "the first one goes on"

    first.kill()
    assert socket.exists(), "a killed host leaves it behind"
    dead = tidegate("status", "--state-dir", str(first.folder / "state"))
    assert dead.returncode == EXIT_FAILED
    assert f"no host answers at {socket}" in dead.stderr
    third = make_host("third", arguments=state_dir, **keys).start()
    third.wait_event("host_starting")
    said = tidegate("status", "--state-dir", str(first.folder / "state"))
    assert said.returncode == EXIT_OK, said.stderr
    assert third.terminate() == EXIT_OK, third.log_tail()
    assert not socket.exists(), "it is gone with its host"


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_unknown_pipeline_is_told_with_the_known_ones(start_host, make_topic, group, verb):
    host = start_host("host", group_id=group, topics=[make_topic(1)], retry={"mode": "none"})
    host.wait_event("host_starting")
    said = tidegate(verb, "mian", "--state-dir", str(host.folder / "state"))
    assert said.returncode == EXIT_FAILED
    assert '"mian"' in said.stderr and "\n  main" in said.stderr
    assert [p["paused_by"] for p in facts(host, "status")["pipelines"]] == [[]]
