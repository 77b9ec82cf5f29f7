# SPDX-License-Identifier: Apache-2.0
"""Order within lanes of messages that fail and are attempted again where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from failures import Attempt
from kafka_view import Message
from ledger import lanes


def assert_nothing_overtakes(
    attempts: Iterable[Attempt], messages: Iterable[Message], lane_of: Callable[[Message], object]
) -> None:
    """In a lane, calls do not overlap, and no message is attempted before each one in front of it
    was handled at least once. Holds across hosts: their clock is the machine's. What is handled
    again after a rebalance or a restart is no fault."""
    in_front: dict[object, list[Message]] = defaultdict(list)
    for message in sorted(messages, key=lambda message: message[:3]):
        in_front[lane_of(message)].append(message)
    calls = {attempt.call: attempt for attempt in attempts}
    for lane, in_lane in lanes(calls, lambda call: lane_of(call.message)).items():
        in_lane.sort(key=lambda call: call.begin_ns)
        turn = {message: place for place, message in enumerate(in_front[lane])}
        handled = 0  # of in_front: so many from the first one on
        for before, call in zip([None, *in_lane], in_lane):
            assert (
                before is None or before.end_ns <= call.begin_ns
            ), f"lane {lane}: {before} overlaps {call}"
            place = turn[call.message]
            assert place <= handled, f"lane {lane}: {call} before {in_front[lane][handled]}"
            if place == handled and calls[call].answer == "ok":
                handled += 1
