// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/probation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tidegate {
namespace {

std::string number_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

}  // namespace

bool Probation::fails_too_often(const ProbationFigures& figures) const {
  const auto calls = static_cast<double>(std::max(figures.calls, kFewest));
  return static_cast<double>(figures.failures) > limits_.max_failure_ratio * calls;
}

Probation::Verdict Probation::judge(const ProbationFigures& figures, MonotonicTime now) const {
  if (figures.crashes > 0 || figures.limiter_tripped || fails_too_often(figures))
    return Verdict::failed;
  const bool enough = limits_.messages > 0 && figures.calls >= limits_.messages;
  return enough || now >= end_ ? Verdict::passed : Verdict::goes_on;
}

std::string Probation::why(const ProbationFigures& figures) const {
  if (figures.crashes > 0) return "its worker process died";
  const std::string rate =
      std::to_string(figures.failures) + " of " + std::to_string(figures.calls) + " calls failed";
  if (figures.limiter_tripped) return rate + ", and too many messages became dead letters";
  return rate + ", more than plugin.probation.max_failure_ratio = " +
         number_text(limits_.max_failure_ratio) + " allows";
}

}  // namespace tidegate
