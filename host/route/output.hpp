// SPDX-License-Identifier: Apache-2.0
//
// A message that a handler sends to another topic (tidegate.emit/1), copied into the host's memory
// while the call runs. Thread rule: a value; [slot] makes it, [poll] sends it.
#pragma once

#include <tidegate/plugin.h>

#include <string>
#include <vector>

#include "host/base/kafka/held_message.hpp"
#include "host/base/types.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate {

struct Output {
  std::string topic;
  Partition partition{-1};     // -1: by the key's hash, any where there is no key
  kafka::HeldMessage message;  // a copy; timestamp_ms -1: now
  Headers headers;             // null: none
  std::size_t bytes = 0;       // of memory, about
};

// Copies what a plugin handed over. Returns why not, or an empty text and the output in `into`.
[[nodiscard]] std::string make_output(const tidegate_output& raw, Output& into);

}  // namespace tidegate
