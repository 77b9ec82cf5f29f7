// SPDX-License-Identifier: Apache-2.0
//
// A message that no broker has: as somebody wrote it down for a plugin to handle. Thread rule: a
// value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/handle/chunk.hpp"

namespace tidegate::workbench {

struct SampleHeader {
  std::string name;
  std::optional<std::string> value;  // none: a header without value
};

struct Sample {
  std::string topic = "messages";
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;    // -1: none
  std::optional<std::string> key;    // none: absent
  std::optional<std::string> value;  // none: absent, a tombstone
  std::vector<SampleHeader> headers;
  std::uint32_t attempt = 1;
  std::string expect;      // the answer that is right; empty: any
  std::uint32_t line = 0;  // where it was written
};

// As a slot takes it: the same that a message from a broker is once it was copied out.
[[nodiscard]] Item make_item(const Sample& sample);

}  // namespace tidegate::workbench
