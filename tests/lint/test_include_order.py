# SPDX-License-Identifier: Apache-2.0
"""The order in which the folders may include one another (DESIGN, the journey of a message).

A file includes its own folder and those to its right; control comes back through interfaces declared on the right.
"""
from __future__ import annotations

import pytest

import sources

HOST = ("app", "consume", "dispatch", "handle", "route", "track", "base")
# base/ itself is the rightmost: its plain files (types, clock, log, mutex) know none of its subfolders. The
# configuration asks librdkafka which properties exist, so kafka/ is to the right of config/.
BASE = ("config", "metrics", "ipc", "kafka", "")


def host_ranks(name: str) -> tuple[int, int]:
    """Place of a file below host/: (top folder, subfolder of base). Higher is further to the right."""
    parts = name.split("/")
    top = HOST.index(parts[1])
    if parts[1] != "base":
        return top, 0
    return top, BASE.index(parts[2] if len(parts) > 3 else "")


def broken_include(name: str, path: str) -> str | None:
    """Why the file may not include that path, or None."""
    folder = name.split("/")[0]
    if folder == "host":
        if path.startswith(("tests/", "plugins/")):
            return "the host knows neither tests nor plugins"
        if path.startswith("host/"):
            (own_top, own_sub), (their_top, their_sub) = host_ranks(name), host_ranks(path)
            if their_top < own_top:
                return f"the order is {' → '.join(HOST)}"
            if own_top == their_top and their_sub < own_sub:
                return f"the order within base is {' → '.join(BASE[:-1])} → plain files"
    elif folder in ("plugins", "plugin-sdk"):
        if path.startswith(("host/", "tests/")):
            return "a plugin and its SDK include nothing of the host"
    return None


def breaches() -> list[str]:
    found = []
    for name in sources.cxx_files("host", "plugins", "plugin-sdk"):
        for _, path in sources.includes(name):
            reason = broken_include(name, path)
            if reason:
                found.append(f"{name} includes {path}: {reason}")
    return found


def test_includes_run_one_way_only():
    assert breaches() == []


def test_there_is_something_to_check():
    assert any(sources.includes(name) for name in sources.cxx_files("host"))


def test_every_folder_of_the_host_has_a_place():
    for name in sources.cxx_files("host"):
        host_ranks(name)  # raises for a folder that nobody has given a place


def test_own_headers_are_included_by_full_path():
    for name in sources.cxx_files("host"):
        for delimiter, path in sources.includes(name):
            if delimiter == '"':
                assert path.startswith("host/"), f'{name}: #include "{path}": write the path from the root'


def test_the_abi_header_includes_only_two_standard_headers():
    header = f"{sources.SDK_INCLUDE}/tidegate/plugin.h"
    assert {path for _, path in sources.includes(header)} <= {"stddef.h", "stdint.h"}


def test_a_plugin_includes_of_this_tree_the_sdk_and_its_own_folder_only():
    for name in sources.cxx_files("plugins"):
        own = "/".join(name.split("/")[:2]) + "/"
        for _, path in sources.includes(name):
            resolved = sources.resolve(name, path)
            allowed = resolved is None or resolved.startswith((f"{sources.SDK_INCLUDE}/", own, "plugins/shared/"))
            assert allowed, f"{name} includes {path}"


@pytest.mark.parametrize(("name", "path"), [
    ("host/track/a.hpp", "host/route/b.hpp"),
    ("host/base/a.hpp", "host/track/b.hpp"),
    ("host/base/log.hpp", "host/base/config/model.hpp"),
    ("host/base/kafka/a.hpp", "host/base/config/model.hpp"),
    ("host/consume/a.cpp", "host/app/b.hpp"),
    ("host/app/a.cpp", "tests/fakes/b.hpp"),
    ("plugins/log/plugin.cpp", "host/base/log.hpp"),
    ("plugin-sdk/include/tidegate/host.hpp", "host/base/log.hpp"),
])
def test_a_breach_is_noticed(name, path):
    assert broken_include(name, path)


@pytest.mark.parametrize(("name", "path"), [
    ("host/app/a.cpp", "host/consume/b.hpp"),
    ("host/consume/a.cpp", "host/base/config/model.hpp"),
    ("host/base/config/a.cpp", "host/base/kafka/b.hpp"),
    ("host/base/config/a.cpp", "host/base/log.hpp"),
    ("host/handle/a.cpp", "tidegate/plugin.h"),
])
def test_what_follows_the_order_is_allowed(name, path):
    assert broken_include(name, path) is None
