// SPDX-License-Identifier: Apache-2.0
//
// What an ELF shared library says about itself, read without running any of it. Boost's and glibc's
// readers trust the file; this one trusts nothing (FACTS: a crafted file crashes library_info).
// Thread rule: [any].
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "host/handle/plugin/elf_versions.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {

// The file is no sound shared library for this machine.
class ElfError : public std::runtime_error {
 public:
  ElfError(RefusedReason reason, const std::string& what)
      : std::runtime_error(what), reason_(reason) {}
  [[nodiscard]] RefusedReason reason() const { return reason_; }

 private:
  RefusedReason reason_;
};

struct ElfFacts {
  std::string identity_note;        // text of the note of owner TIDEGATE, type 1; empty: none
  std::string build_id;             // lower-case hex; empty: none
  std::string soname;               // empty: none
  std::string run_path;             // empty: none
  std::vector<std::string> needed;  // libraries it wants loaded with it
  std::vector<VersionNeed> version_needs;  // and which versions of them
  std::map<std::string, std::uint64_t>
      tables;  // exported tidegate_plugin_v* objects, sizes in bytes
  bool text_relocations = false;
  bool executable_stack = false;
};

// Throws ElfError.
ElfFacts read_elf(std::string_view file);

}  // namespace tidegate
