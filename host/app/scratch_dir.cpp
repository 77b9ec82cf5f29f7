// SPDX-License-Identifier: Apache-2.0
#include "host/app/scratch_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace tidegate {

ScratchDir::ScratchDir() {
  std::string name = (std::filesystem::temp_directory_path() / "tidegate-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make the folder " + name);
  }
  path_ = name;
}

ScratchDir::~ScratchDir() {
  std::error_code ignored;  // nothing but a few files in a folder for temporary ones
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace tidegate
