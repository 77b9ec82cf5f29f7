// SPDX-License-Identifier: Apache-2.0
//
// What the dynamic linker of this machine has to offer, asked without loading anything: which
// libraries this process has already, of which versions, and where another one would be found.
// Thread rule: [any].
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate {

// Names of libraries ("libc.so.6") to the versions they define ("GLIBC_2.34"). A plugin that needs
// one of them gets this one, wherever another may lie: the linker looks at names first.
using LoadedLibraries = std::map<std::string, std::set<std::string>, std::less<>>;
[[nodiscard]] LoadedLibraries loaded_libraries();

enum class Found : std::uint8_t { yes, no, cannot_tell };

// Whether the linker would find a library for a file with these folders in its run path: in them,
// in LD_LIBRARY_PATH, in the system's cache or in its default folders. cannot_tell: the system
// keeps no cache that we understand.
[[nodiscard]] Found find_library(const std::string& name,
                                 const std::vector<std::filesystem::path>& run_path);

// The path of a library in the text of /etc/ld.so.cache; of several, any. Nothing where the text is
// no such cache. For find_library, and for tests.
struct CacheAnswer {
  bool understood = false;
  std::vector<std::string> paths;
};
[[nodiscard]] CacheAnswer look_up_in_cache(std::string_view cache, std::string_view name);

}  // namespace tidegate
