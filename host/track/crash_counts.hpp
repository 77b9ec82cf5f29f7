// SPDX-License-Identifier: Apache-2.0
//
// How often which messages of a partition have crashed their worker (isolation = "process"), so
// that max_crashes holds over restarts of the host: it goes with the committed position, in front
// of the resume map (commit_metadata.hpp). It counts for one version of the plugin, the one that
// crashed last, since the next one may have the cure.
//
//   text = plugin (4 bytes), entry ...     entry = offset minus the last one's (or the position),
//   count
//
// Numbers of entries are LEB128. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/types.hpp"

namespace tidegate {

class CrashCounts {
 public:
  static constexpr std::size_t kMost = 64;  // messages; what crashes beyond them is not remembered

  // plugin: the version that crashed. Of another one than before: what was counted is forgotten.
  void note(Offset offset, std::uint32_t crashes, std::uint32_t plugin);
  // 0: none that is known.
  [[nodiscard]] std::uint32_t of(Offset offset) const;
  [[nodiscard]] bool empty() const { return counts_.empty(); }
  // For which they count; meaningless while empty.
  [[nodiscard]] std::uint32_t plugin() const { return plugin_; }
  // Grows whenever note() changed something.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  // What is below a position is finished.
  void forget_below(Position position);

  // Empty where there is none.
  [[nodiscard]] std::string encode(Position position) const;
  // Empty where the text is damaged; without counts where it is of another plugin.
  [[nodiscard]] static std::optional<CrashCounts> decode(Position position, std::uint32_t plugin,
                                                         std::string_view text);

 private:
  std::uint32_t plugin_ = 0;
  std::map<std::int64_t, std::uint32_t> counts_;
  std::uint64_t changes_ = 0;
};

}  // namespace tidegate
