# SPDX-License-Identifier: Apache-2.0
"""The brokers' records of committed positions, in the versions that brokers write."""

from __future__ import annotations

import struct

import pytest

from evidence import Commit
from position_log import parse


def text(value: str) -> bytes:
    return struct.pack(">h", len(value)) + value.encode()


def key(version: int) -> bytes:
    return struct.pack(">h", version) + text("g") + text("t") + struct.pack(">i", 7)


def value(version: int, metadata: str = "") -> bytes:
    data = struct.pack(">hq", version, 42)
    if version >= 3:
        data += struct.pack(">i", 5)  # the leader's epoch
    if version >= 4:
        size, prefix = len(metadata) + 1, b""
        while size > 0x7F:
            prefix += bytes([size & 0x7F | 0x80])
            size >>= 7
        data += prefix + bytes([size]) + metadata.encode()
    else:
        data += text(metadata)
    return data + struct.pack(">q", 1_700_000_000_123)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
@pytest.mark.parametrize("metadata", ["", "short", "m" * 300])
def test_group_place_position_and_time_are_read(version, metadata):
    found = parse(key(1), value(version, metadata))
    assert found == ("g", Commit(1_700_000_000_123, "t", 7, 42))


def test_what_is_no_position_is_passed_over():
    assert parse(key(1), None) is None  # it was deleted
    assert parse(struct.pack(">h", 2) + text("g"), b"\0\0") is None  # a group's own record
