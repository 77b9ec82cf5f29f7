// SPDX-License-Identifier: Apache-2.0
//
// What a pipeline tells of its plugin: the version that handles, and what became of reloads. Thread
// rule: plain values, [any].
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tidegate::metrics {

// swapped: another version handles from now on; unchanged: it is the one that handles already;
// refused: the old version goes on; rolled_back: the one before handles again, without being asked.
enum class PluginReload : std::uint8_t { swapped, unchanged, refused, rolled_back };
inline constexpr std::array<std::string_view, 4> kPluginReloadNames = {"swapped", "unchanged",
                                                                       "refused", "rolled_back"};
inline std::string_view name(PluginReload r) {
  return kPluginReloadNames[static_cast<std::size_t>(r)];
}

struct PluginSnapshot {
  std::string name, version, sha256;
  std::uint32_t generation = 0;  // counted from 1 since the pipeline's start
  std::array<std::uint64_t, kPluginReloadNames.size()> reloads{};
  // Loads that were refused, by every reason there is: an enumeration of the loader's.
  std::map<std::string_view, std::uint64_t> load_failures;
  bool on_probation = false;
  std::uint64_t probation_calls = 0;  // since it was swapped in
  std::uint64_t probation_failures = 0;
  double probation_end_unix_seconds = 0;
  std::size_t old_still = 0;  // earlier generations whose last call still runs
  std::string last_reload;    // what the last one that was not "unchanged" came to; empty: none
  double last_reload_unix_seconds = 0;
};

}  // namespace tidegate::metrics
