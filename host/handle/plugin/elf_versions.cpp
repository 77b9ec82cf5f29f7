// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/elf_versions.hpp"

#include <elf.h>
#include <strings.h>

#include <cstring>

namespace tidegate {
namespace {

constexpr int kMaxEntries = 4096;  // a damaged list may run in a circle

void keep_highest(std::map<std::string, std::string>& highest, std::string_view version) {
  const std::size_t split = version.rfind('_');
  if (split == std::string_view::npos) return;
  const std::string number(version.substr(split + 1));
  std::string& known = highest[std::string(version.substr(0, split))];
  // strverscmp counts: 2.9 is below 2.34.
  if (known.empty() || ::strverscmp(known.c_str(), number.c_str()) < 0) known = number;
}

}  // namespace

std::map<std::string, std::string> read_versions_needed(const ElfView& file,
                                                        std::optional<std::uint64_t> needs_offset,
                                                        std::uint64_t names_offset) {
  std::map<std::string, std::string> highest;
  if (!needs_offset) return highest;
  std::uint64_t at = *needs_offset;
  for (int entries = 0; entries < kMaxEntries;) {
    const auto library = file.at<Elf64_Verneed>(at);
    if (!library) break;
    std::uint64_t version_at = at + library->vn_aux;
    for (unsigned i = 0; i < library->vn_cnt && entries < kMaxEntries; ++i, ++entries) {
      const auto version = file.at<Elf64_Vernaux>(version_at);
      if (!version) return highest;
      if (const auto name = file.text(names_offset + version->vna_name))
        keep_highest(highest, *name);
      version_at += version->vna_next;
    }
    if (library->vn_next == 0) break;
    at += library->vn_next;
    ++entries;
  }
  return highest;
}

}  // namespace tidegate
