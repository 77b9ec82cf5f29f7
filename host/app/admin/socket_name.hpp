// SPDX-License-Identifier: Apache-2.0
//
// A name of a Unix socket that fits into an address, whatever the length of its path: the kernel
// takes 107 bytes (unix(7)), and people's folders are deeper. A longer path is named through its
// open folder, /proc/self/fd/N/FILE (proc(5)). Thread rule: an ordinary value.
#pragma once

#include <filesystem>
#include <string>

#include "host/base/descriptor.hpp"

namespace tidegate {

class SocketName {
 public:
  // A folder that cannot be opened leaves the name as it is; binding or connecting will tell.
  explicit SocketName(const std::filesystem::path& socket);

  // For this process, as long as the object lives.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Descriptor folder_;
  std::string text_;
};

}  // namespace tidegate
