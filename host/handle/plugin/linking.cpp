// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/linking.hpp"

#include <gnu/libc-version.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "host/handle/plugin/file_trust.hpp"
#include "host/handle/plugin/host_libraries.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;

// Folders of a run path. What begins with $ORIGIN is left out: it means the folder of the private
// copy that is loaded, and there is nothing else.
std::vector<fs::path> folders_of(std::string_view run_path) {
  std::vector<fs::path> folders;
  if (run_path.empty()) return folders;
  while (true) {
    const std::size_t end = run_path.find(':');
    const std::string_view folder = run_path.substr(0, end);
    if (folder.find('$') == std::string_view::npos) folders.emplace_back(folder);
    if (end == std::string_view::npos) return folders;
    run_path.remove_prefix(end + 1);
  }
}

class Check {
 public:
  Check(const fs::path& file, const PluginIdentity& identity)
      : file_(file), elf_(identity.elf), folders_(folders_of(elf_.run_path)) {}

  void is_safe() const {
    if (elf_.text_relocations) {
      refuse(RefusedReason::unsafe,
             "it has text relocations: its code is changed while it is loaded",
             "compile all of it with -fPIC");
    }
    if (elf_.executable_stack) {
      refuse(RefusedReason::unsafe,
             "it asks for an executable stack, and would get one for the whole host",
             "link it with -Wl,-z,noexecstack; assembler sources need a .note.GNU-stack section");
    }
    run_path_is_safe();
  }

  void libraries_are_here(const LoadedLibraries& loaded) const {
    for (const std::string& library : elf_.needed) {
      if (loaded.contains(library) || find_library(library, folders_) != Found::no) continue;
      const bool origin = elf_.run_path.find("$ORIGIN") != std::string::npos;
      refuse(RefusedReason::needs_library,
             "it needs the library " + library + ", which is not on this machine" +
                 (origin ? " (its run path $ORIGIN is of no use: it is loaded from a private copy, "
                           "beside which there is no other file)"
                         : ""),
             "install that library, or link it statically");
    }
  }

  // Of what is loaded the versions are known; of the rest the linker will say it in the probe.
  void versions_are_here(const LoadedLibraries& loaded) const {
    for (const VersionNeed& need : elf_.version_needs) {
      const auto library = loaded.find(need.library);
      if (library == loaded.end() || library->second.empty() ||
          need.strength == VersionNeed::Strength::weak || library->second.contains(need.version)) {
        continue;
      }
      refuse(RefusedReason::needs_newer,
             "it was built on a newer system: it needs " + need.version + ", and " + need.library +
                 " here has not got it (glibc " + std::string(::gnu_get_libc_version()) + ")",
             "build it on this system or an older one, or run the host on a newer one");
    }
  }

 private:
  void run_path_is_safe() const {
    for (const fs::path& folder : folders_) {
      if (!folder.is_absolute()) {
        refuse(RefusedReason::unsafe,
               "its run path \"" + elf_.run_path +
                   "\" has a relative or empty part: libraries would come from wherever the host "
                   "was started",
               "link it without -rpath, or with absolute folders");
      }
      if (const std::string why = distrust_folder(folder); !why.empty()) {
        refuse(RefusedReason::unsafe, "others could put code into its run path: " + why,
               "let root or the host's user own that folder and nobody else write to it, or link "
               "without -rpath");
      }
    }
  }

  [[noreturn]] void refuse(RefusedReason reason, const std::string& what,
                           const std::string& cure) const {
    throw PluginRefused(file_, reason, what, cure);
  }

  const fs::path& file_;
  const ElfFacts& elf_;
  const std::vector<fs::path> folders_;
};

}  // namespace

void check_links_here(const fs::path& file, const PluginIdentity& identity) {
  const Check check(file, identity);
  check.is_safe();
  const LoadedLibraries loaded = loaded_libraries();
  check.libraries_are_here(loaded);
  check.versions_are_here(loaded);
}

GlibcVersions glibc_versions(const PluginIdentity& identity) {
  const auto highest = highest_versions(identity.elf.version_needs);
  const auto glibc = highest.find("GLIBC");
  return {glibc == highest.end() ? "" : glibc->second, ::gnu_get_libc_version()};
}

}  // namespace tidegate
