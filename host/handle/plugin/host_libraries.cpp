// SPDX-License-Identifier: Apache-2.0
//
// Formats: <link.h> for what is loaded, glibc's dl-cache.h (version 1.1) for the cache.
#include "host/handle/plugin/host_libraries.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

#include "host/handle/plugin/elf_view.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCacheFile = "/etc/ld.so.cache";
constexpr std::string_view kCacheMagic = "glibc-ld.so.cache1.1";
constexpr std::uint64_t kCacheHeader = 48;
constexpr std::uint32_t kMostEntries = 1U << 20U;

struct CacheEntry {
  std::int32_t flags;
  std::uint32_t key;  // offsets of texts
  std::uint32_t value;
  std::uint32_t os_version;
  std::uint64_t hardware;
};

// The dynamic section of a library that is loaded and so was found sound by the linker.
class LoadedImage {
 public:
  explicit LoadedImage(const dl_phdr_info& info) : base_(info.dlpi_addr) {
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      if (info.dlpi_phdr[i].p_type == PT_DYNAMIC) read(base_ + info.dlpi_phdr[i].p_vaddr);
    }
  }
  [[nodiscard]] std::string name() const { return named_ ? names_ + name_ : ""; }
  [[nodiscard]] std::set<std::string> versions() const {
    std::set<std::string> versions;
    std::uintptr_t at = definitions_;
    for (std::uint64_t i = 0; i < definition_count_; ++i) {
      const auto* const definition = reinterpret_cast<const ElfW(Verdef)*>(at);
      const auto* const named = reinterpret_cast<const ElfW(Verdaux)*>(at + definition->vd_aux);
      versions.emplace(names_ + named->vda_name);
      at += definition->vd_next;
    }
    return versions;
  }

 private:
  void read(std::uintptr_t dynamic) {
    for (const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(dynamic); entry->d_tag != DT_NULL;
         ++entry) {
      const std::uintptr_t value = entry->d_un.d_ptr;
      if (entry->d_tag == DT_STRTAB) names_ = reinterpret_cast<const char*>(address(value));
      if (entry->d_tag == DT_VERDEF) definitions_ = address(value);
      if (entry->d_tag == DT_VERDEFNUM) definition_count_ = value;
      if (entry->d_tag != DT_SONAME) continue;
      name_ = value;
      named_ = true;
    }
    if (definitions_ == 0) definition_count_ = 0;
  }
  // Most machines have them relocated in place, some not.
  [[nodiscard]] std::uintptr_t address(std::uintptr_t value) const {
    return value < base_ ? base_ + value : value;
  }

  std::uintptr_t base_;
  const char* names_ = nullptr;
  std::uintptr_t name_ = 0;
  bool named_ = false;
  std::uintptr_t definitions_ = 0;
  std::uint64_t definition_count_ = 0;
};

// LD_LIBRARY_PATH and the system's default folders, as the linker has them.
std::vector<fs::path> default_folders() {
  std::vector<fs::path> folders;
  void* const self = ::dlopen(nullptr, RTLD_LAZY);
  Dl_serinfo size{};
  if (self == nullptr || ::dlinfo(self, RTLD_DI_SERINFOSIZE, &size) != 0) return folders;
  const auto room = std::make_unique<std::byte[]>(size.dls_size);
  auto* const list = reinterpret_cast<Dl_serinfo*>(room.get());
  *list = size;
  if (::dlinfo(self, RTLD_DI_SERINFO, list) == 0) {
    for (unsigned i = 0; i < list->dls_cnt; ++i)
      folders.emplace_back(list->dls_serpath[i].dls_name);
  }
  ::dlclose(self);
  return folders;
}

// Whether a file is a library of this machine, as this process is.
bool is_for_this_machine(const fs::path& path) {
  const auto head = [](const fs::path& file) {
    std::string bytes(sizeof(Elf64_Ehdr), '\0');
    std::ifstream(file, std::ios::binary)
        .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return ElfView(bytes).at<Elf64_Ehdr>(0).value();
  };
  const Elf64_Ehdr ours = head("/proc/self/exe");
  const Elf64_Ehdr theirs = head(path);
  return theirs.e_ident[EI_MAG0] == ELFMAG0 && theirs.e_ident[EI_CLASS] == ours.e_ident[EI_CLASS] &&
         theirs.e_machine == ours.e_machine;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && is_for_this_machine(path);
}

}  // namespace

LoadedLibraries loaded_libraries() {
  LoadedLibraries libraries;
  const auto add = [](dl_phdr_info* info, std::size_t, void* into) {
    const LoadedImage image(*info);
    if (const std::string name = image.name(); !name.empty())
      (*static_cast<LoadedLibraries*>(into))[name] = image.versions();
    return 0;
  };
  ::dl_iterate_phdr(add, &libraries);
  return libraries;
}

CacheAnswer look_up_in_cache(std::string_view cache, std::string_view name) {
  const ElfView view(cache);
  CacheAnswer answer;
  const auto count = view.at<std::uint32_t>(kCacheMagic.size());
  if (view.bytes(0, kCacheMagic.size()) != kCacheMagic || !count || *count > kMostEntries)
    return answer;
  answer.understood = true;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto entry = view.element<CacheEntry>(kCacheHeader, i);
    if (!entry) break;
    if (view.text(entry->key) != name) continue;
    if (const auto path = view.text(entry->value)) answer.paths.emplace_back(*path);
  }
  return answer;
}

Found find_library(const std::string& name, const std::vector<fs::path>& run_path) {
  if (name.find('/') != std::string::npos) return is_there(name) ? Found::yes : Found::no;
  for (const auto& folders : {run_path, default_folders()}) {
    for (const fs::path& folder : folders) {
      if (is_there(folder / name)) return Found::yes;
    }
  }
  std::ifstream file(kCacheFile, std::ios::binary);
  const std::string cache{std::istreambuf_iterator<char>(file), {}};
  const CacheAnswer answer = look_up_in_cache(cache, name);
  for (const std::string& path : answer.paths) {
    if (is_there(path)) return Found::yes;
  }
  return answer.understood ? Found::no : Found::cannot_tell;
}

}  // namespace tidegate
