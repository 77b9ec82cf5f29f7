// SPDX-License-Identifier: Apache-2.0
//
// The plugins that the build made, and folders that end with their test. Thread rule: the test's
// own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {

// A plugin of plugins/ beside this file, or of the tree.
inline std::filesystem::path test_plugin(const std::string& name) {
  const char* build = std::getenv("TIDEGATE_BUILD_DIR");
  if (build == nullptr) throw std::runtime_error("TIDEGATE_BUILD_DIR is not set: run by ctest");
  return std::filesystem::path(build) / "tests" / "plugins" / (name + ".so");
}

inline std::string read_file(const std::filesystem::path& path) {
  const std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidegate-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The refusal that a call ends in; a failure when it ends otherwise.
template <class Call>
PluginRefused refusal_of(Call call) {
  try {
    call();
  } catch (const PluginRefused& refused) {
    return refused;
  }
  ADD_FAILURE() << "nothing was refused";
  return {"", RefusedReason::not_found, "", ""};
}

// "reason: text".
template <class Call>
std::string refused_text(Call call) {
  const PluginRefused refused = refusal_of(call);
  return std::string(name(refused.reason())) + ": " + refused.what();
}

}  // namespace tidegate
