// SPDX-License-Identifier: Apache-2.0
#include "host/track/crash_counts.hpp"

namespace tidegate {
namespace {

constexpr std::size_t kPluginBytes = 4;

void put(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7U) to += static_cast<char>((number & 0x7FU) | 0x80U);
  to += static_cast<char>(number);
}

// Takes a number off the front.
std::optional<std::uint64_t> take(std::string_view& text) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 63 && !text.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(text.front());
    text.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return number;
  }
  return std::nullopt;
}

std::string bytes_of(std::uint32_t plugin) {
  std::string bytes;
  for (std::size_t i = 0; i < kPluginBytes; ++i)
    bytes += static_cast<char>(plugin >> (8 * i) & 0xFFU);
  return bytes;
}

}  // namespace

void CrashCounts::note(Offset offset, std::uint32_t crashes, std::uint32_t plugin) {
  if (plugin != plugin_) counts_.clear();
  plugin_ = plugin;
  const auto known = counts_.find(offset.value);
  if (known == counts_.end() && counts_.size() >= kMost) return;
  counts_[offset.value] = crashes;
  ++changes_;
}

std::uint32_t CrashCounts::of(Offset offset) const {
  const auto known = counts_.find(offset.value);
  return known == counts_.end() ? 0 : known->second;
}

void CrashCounts::forget_below(Position position) {
  counts_.erase(counts_.begin(), counts_.lower_bound(position.value));
}

std::string CrashCounts::encode(Position position) const {
  std::string text;
  std::int64_t last = position.value;
  for (auto at = counts_.lower_bound(position.value); at != counts_.end(); ++at) {
    put(text, static_cast<std::uint64_t>(at->first - last));
    put(text, at->second);
    last = at->first;
  }
  return text.empty() ? text : bytes_of(plugin_) + text;
}

std::optional<CrashCounts> CrashCounts::decode(Position position, std::uint32_t plugin,
                                               std::string_view text) {
  if (text.size() < kPluginBytes) return std::nullopt;
  const bool ours = text.substr(0, kPluginBytes) == bytes_of(plugin);
  text.remove_prefix(kPluginBytes);
  CrashCounts counts;
  counts.plugin_ = plugin;
  auto offset = static_cast<std::uint64_t>(position.value);
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 62U;
  while (!text.empty()) {
    const auto ahead = take(text);
    const auto crashes = take(text);
    if (!ahead || !crashes || *ahead > kLargest || *crashes == 0 || *crashes > 1'000'000)
      return std::nullopt;
    offset += *ahead;
    if (offset > kLargest || counts.counts_.size() >= kMost) return std::nullopt;
    counts.counts_[static_cast<std::int64_t>(offset)] = static_cast<std::uint32_t>(*crashes);
  }
  if (!ours) return CrashCounts{};
  return counts;
}

}  // namespace tidegate
