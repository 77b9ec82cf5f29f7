// SPDX-License-Identifier: Apache-2.0
//
// plugin.watch: notices that the plugin's file is another one, or another content, and is written
// whole. A file counts as whole when nothing of it has changed from one look to the next, which is
// a second later. What was told once is not told again, so a version that was put back is not tried
// for ever. Looking needs no kernel service, so it works on file systems of other machines, too.
// Thread rule: [swap].
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "host/base/clock.hpp"

namespace tidegate {

class FileWatch {
 public:
  static constexpr Duration kBetweenLooks = std::chrono::seconds(1);

  // Begins with the next look: what is there then is told first.
  void follow(std::filesystem::path path);
  // Whether the file has become another one since the last time this said so, and is whole. To be
  // called as often as one likes.
  [[nodiscard]] bool look(MonotonicTime now);

 private:
  // What changes with every way to replace or rewrite a file.
  struct Facts {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    auto operator<=>(const Facts&) const = default;
  };
  [[nodiscard]] std::optional<Facts> facts() const;

  std::filesystem::path path_;
  MonotonicTime next_look_{};
  std::optional<Facts> seen_;  // at the last look; empty: there was none, or no file
  std::optional<Facts> told_;
};

}  // namespace tidegate
