// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tidegate::config {
namespace {

constexpr std::size_t kLongestSought = 80;

using Row = std::vector<std::size_t>;

// Optimal string alignment distance, three rows at a time.
class Distance {
 public:
  Distance(std::string_view a, std::string_view b)
      : a_(a), b_(b), before_(b.size() + 1), last_(b.size() + 1), now_(b.size() + 1) {}

  std::size_t operator()() {
    for (std::size_t j = 0; j <= b_.size(); ++j) last_[j] = j;
    for (std::size_t i = 1; i <= a_.size(); ++i) {
      now_[0] = i;
      for (std::size_t j = 1; j <= b_.size(); ++j) now_[j] = cell(i, j);
      before_.swap(last_);
      last_.swap(now_);
    }
    return last_[b_.size()];
  }

 private:
  std::size_t cell(std::size_t i, std::size_t j) const {
    const std::size_t replace = last_[j - 1] + (a_[i - 1] == b_[j - 1] ? 0U : 1U);
    const std::size_t least = std::min({last_[j] + 1, now_[j - 1] + 1, replace});
    const bool swapped = i > 1 && j > 1 && a_[i - 1] == b_[j - 2] && a_[i - 2] == b_[j - 1];
    return swapped ? std::min(least, before_[j - 2] + 1) : least;
  }

  const std::string_view a_;
  const std::string_view b_;
  Row before_;
  Row last_;
  Row now_;
};

}  // namespace

std::string_view nearest(std::string_view written, std::span<const std::string_view> candidates) {
  if (written.size() > kLongestSought) return {};
  std::string_view best;
  // A third of the characters may be wrong, one always.
  std::size_t best_distance = std::max<std::size_t>(written.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t d = Distance(written, candidate)();
    // Something of it must be right.
    if (d < best_distance && d < std::max(candidate.size(), written.size())) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tidegate::config
