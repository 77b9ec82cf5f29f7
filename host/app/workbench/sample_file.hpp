// SPDX-License-Identifier: Apache-2.0
//
// Messages from a file of JSON lines, one message a line:
//   {"key": "k1", "value": "text"}                  bytes as text; null or left out: absent
//   {"value": {"id": 7}}                            JSON as a value: its compact text
//   {"key_hex": "00ff", "value_base64": "AAECAw=="} other bytes
//   {"headers": {"trace": "a1"}}                    or [{"name": "trace", "value_hex": "a1"}]
//   "topic", "partition", "offset", "timestamp_ms", "attempt": what the handler sees of them
//   "expect": "ok"                                  the answer that is right (answer_name)
// What `tidegate dlq show --format json` prints is such a file, too. Empty lines and lines that
// begin with # are passed over. Thread rule: [main].
#pragma once

#include <istream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/app/workbench/sample.hpp"

namespace tidegate::workbench {

// What is wrong with the file, where and how to mend it: "messages.jsonl:3: ...".
struct SampleError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One line. Throws SampleError without a place. number: of messages before it, for the offset.
[[nodiscard]] Sample parse_sample(std::string_view line, std::int64_t number);
// All lines. name: for messages. Throws SampleError; no message is one, too.
[[nodiscard]] std::vector<Sample> read_samples(std::istream& stream, const std::string& name);

}  // namespace tidegate::workbench
