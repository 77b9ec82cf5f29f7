// SPDX-License-Identifier: Apache-2.0
//
// Whether a version that was swapped in may stay: the rules of plugin.probation. Thread rule: a
// value of [swap].
#pragma once

#include <cstdint>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"

namespace tidegate {

// What it has done since it was swapped in.
struct ProbationFigures {
  std::uint64_t calls = 0;     // that were answered, drop and pause left out
  std::uint64_t failures = 0;  // of these
  std::uint64_t crashes = 0;   // of its worker process
  bool limiter_tripped = false;
};

class Probation {
 public:
  // So many calls at least are reckoned with: a failure among the first three is no rate.
  static constexpr std::uint64_t kFewest = 100;

  // begin: when it was swapped in. REQUIRES: limits.time is not zero.
  Probation(const config::Probation& limits, MonotonicTime begin)
      : limits_(limits), end_(begin + limits.time) {}

  enum class Verdict : std::uint8_t { goes_on, passed, failed };
  [[nodiscard]] Verdict judge(const ProbationFigures& figures, MonotonicTime now) const;
  // Why it failed, for people. REQUIRES: judge() says failed.
  [[nodiscard]] std::string why(const ProbationFigures& figures) const;
  [[nodiscard]] MonotonicTime end() const { return end_; }

 private:
  [[nodiscard]] bool fails_too_often(const ProbationFigures& figures) const;

  const config::Probation limits_;
  const MonotonicTime end_;
};

}  // namespace tidegate
