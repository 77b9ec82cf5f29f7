// SPDX-License-Identifier: Apache-2.0
//
// Which versions of which libraries a shared library wants (DT_VERNEED): tells an operator before
// loading that a plugin was built on a newer system. Thread rule: [any].
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/handle/plugin/elf_view.hpp"

namespace tidegate {

// One version of one library: "GLIBC_2.34" of "libc.so.6".
struct VersionNeed {
  std::string library;
  std::string version;
  enum class Strength : std::uint8_t { weak, strong } strength = Strength::strong;
};

// needs_offset, names_offset: where the list and the table of names are in the file. What is
// damaged ends the list: the linker, which reads it again, has the last word.
std::vector<VersionNeed> read_versions_needed(const ElfView& file,
                                              std::optional<std::uint64_t> needs_offset,
                                              std::uint64_t names_offset);

// The highest number of each family: "GLIBC" to "2.34". What has no number (GLIBC_PRIVATE) is in
// none.
std::map<std::string, std::string> highest_versions(const std::vector<VersionNeed>& needs);

// Whether a version number is below another; counts, so that 2.9 is below 2.34.
bool version_below(const std::string& one, const std::string& other);

}  // namespace tidegate
