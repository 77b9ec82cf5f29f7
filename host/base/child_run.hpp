// SPDX-License-Identifier: Apache-2.0
//
// A child process (child_process.hpp) for one question: it gets a request, gives an answer and
// ends, or is ended. What it prints is kept for the error message. Thread rule: [any]; blocks until
// the child has ended, so its thread outlives it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/base/child_process.hpp"
#include "host/base/clock.hpp"

namespace tidegate {

struct ChildRun {
  enum class End : std::uint8_t { itself, time_limit };
  End end = End::itself;
  ChildExit exit;
  std::string answer;  // what it wrote to its answer, at most 1 MiB
  std::string output;  // the last of what it wrote to stdout and stderr, at most 8 KiB

  // "exited with code 3", "did not end within 10 s and was ended".
  [[nodiscard]] std::string in_words(Duration limit) const;
};

// spec.output is set here, and spec.descriptors come behind two of its own (kRunDescriptors).
// Throws std::system_error where no child can be started.
inline constexpr int kRunDescriptors = 2;
[[nodiscard]] ChildRun run_child(ChildSpec spec, std::string_view request, Duration limit);

// The child's side of run_child; each to be called once.
[[nodiscard]] std::string read_request();
// Where the answer is written, line by line: what was written before a crash arrives.
[[nodiscard]] Descriptor answer_descriptor();

}  // namespace tidegate
