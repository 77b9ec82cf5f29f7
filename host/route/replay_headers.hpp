// SPDX-License-Identifier: Apache-2.0
//
// The headers of a dead letter that is handled again: the message's own, untouched and in order,
// then ours for the place it goes to. Thread rule: pure functions, [any].
#pragma once

#include <cstdint>
#include <string_view>

#include "host/route/copy_headers.hpp"

namespace tidegate {

enum class ReplayTo : std::uint8_t {
  origin,  // the topic it came from: every group that reads it gets it as a new message
  retry,   // <group>.retry.0s: only its own group gets it, as the message it was
};

// Ours are, at the origin, only whose replay it is and how many there were: anything else would be
// a claim about another message. In the retry topic all that the dead letter says stays, so that
// the handler sees the origin, but no attempt has been made yet. Null: its headers are damaged.
[[nodiscard]] Headers replay_headers(const kafka::HeldMessage& letter, ReplayTo to,
                                     std::string_view group, std::uint32_t replays);

}  // namespace tidegate
