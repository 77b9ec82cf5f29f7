// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/elf_versions.hpp"

#include <elf.h>

#include <cstring>
#include <string_view>

namespace tidegate {
namespace {

constexpr int kMaxEntries = 4096;  // a damaged list may run in a circle

}  // namespace

std::vector<VersionNeed> read_versions_needed(const ElfView& file,
                                              std::optional<std::uint64_t> needs_offset,
                                              std::uint64_t names_offset) {
  std::vector<VersionNeed> needs;
  if (!needs_offset) return needs;
  std::uint64_t at = *needs_offset;
  for (int entries = 0; entries < kMaxEntries; ++entries) {
    const auto library = file.at<Elf64_Verneed>(at);
    if (!library) break;
    const auto library_name = file.text(names_offset + library->vn_file);
    std::uint64_t version_at = at + library->vn_aux;
    for (unsigned i = 0; i < library->vn_cnt && entries < kMaxEntries; ++i, ++entries) {
      const auto version = file.at<Elf64_Vernaux>(version_at);
      if (!version) return needs;
      const auto name = file.text(names_offset + version->vna_name);
      const bool weak = (version->vna_flags & VER_FLG_WEAK) != 0;
      if (name && library_name) {
        needs.push_back({std::string(*library_name), std::string(*name),
                         weak ? VersionNeed::Strength::weak : VersionNeed::Strength::strong});
      }
      version_at += version->vna_next;
    }
    if (library->vn_next == 0) break;
    at += library->vn_next;
  }
  return needs;
}

std::map<std::string, std::string> highest_versions(const std::vector<VersionNeed>& needs) {
  std::map<std::string, std::string> highest;
  for (const VersionNeed& need : needs) {
    const std::size_t split = need.version.rfind('_');
    if (split == std::string::npos) continue;
    const std::string number = need.version.substr(split + 1);
    if (number.empty() || number[0] < '0' || number[0] > '9') continue;
    std::string& known = highest[need.version.substr(0, split)];
    if (known.empty() || version_below(known, number)) known = number;
  }
  return highest;
}

bool version_below(const std::string& one, const std::string& other) {
  return ::strverscmp(one.c_str(), other.c_str()) < 0;
}

}  // namespace tidegate
