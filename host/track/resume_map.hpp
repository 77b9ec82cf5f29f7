// SPDX-License-Identifier: Apache-2.0
//
// The resume map: which offsets above a committed position are finished, in as few bytes as there
// are, so that a crash or another owner does not bring them again. One form for all patterns: the
// lengths of unfinished and finished stretches in turn, coded by what they turn out to be like
// (adaptive_bits.hpp). README.md says how much fits. Thread rule: [any].
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/track/finished_ranges.hpp"

namespace tidegate {

struct EncodedMap {
  std::string bytes;  // empty: nothing fits, or there is nothing to say
  Position covered;   // of what is finished from here on it says nothing
};

// As many of the ranges as fit, from the front. REQUIRES: all above the position, ascending and not
// touching one another, the last one below the largest offset.
[[nodiscard]] EncodedMap encode_resume_map(Position position, const FinishedRanges& ranges,
                                           std::size_t most_bytes);
// Empty where no writer can have made this.
[[nodiscard]] std::optional<FinishedRanges> decode_resume_map(Position position,
                                                              std::string_view bytes);

}  // namespace tidegate
