// SPDX-License-Identifier: Apache-2.0
//
// A folder for a moment: gone with its object. Thread rule: [main].
#pragma once

#include <filesystem>

namespace tidegate {

class ScratchDir {
 public:
  // Made with mode 0700 in the system's folder for temporary files. Throws std::system_error.
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tidegate
