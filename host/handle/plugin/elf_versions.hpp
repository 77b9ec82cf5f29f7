// SPDX-License-Identifier: Apache-2.0
//
// Which versions of which libraries a shared library wants (DT_VERNEED): tells an operator before
// loading that a plugin was built on a newer system. Thread rule: [any].
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "host/handle/plugin/elf_view.hpp"

namespace tidegate {

// The highest version of each family, "GLIBC" to "2.34". needs_offset, names_offset: where the list
// and the table of names are in the file. What is damaged ends the list; it is for information.
std::map<std::string, std::string> read_versions_needed(const ElfView& file,
                                                        std::optional<std::uint64_t> needs_offset,
                                                        std::uint64_t names_offset);

}  // namespace tidegate
