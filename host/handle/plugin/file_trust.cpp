// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/file_trust.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <system_error>

namespace tidegate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTableRoom = 16384;  // for one entry of the tables of users and groups

std::string user_text(uid_t user) {
  std::array<char, kTableRoom> room{};
  passwd entry{};
  passwd* found = nullptr;
  const bool named =
      ::getpwuid_r(user, &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
  return named ? "user " + std::string(entry.pw_name) : "user number " + std::to_string(user);
}

// The group of the user's own name, in which nobody else is.
bool is_private_group(uid_t user, gid_t group) {
  std::array<char, kTableRoom> user_room{};
  std::array<char, kTableRoom> group_room{};
  passwd owner{};
  struct group owners {};
  passwd* user_found = nullptr;
  struct group* group_found = nullptr;
  if (::getpwuid_r(user, &owner, user_room.data(), user_room.size(), &user_found) != 0 ||
      ::getgrgid_r(group, &owners, group_room.data(), group_room.size(), &group_found) != 0 ||
      user_found == nullptr || group_found == nullptr) {
    return false;
  }
  const std::string_view name = owner.pw_name;
  if (owner.pw_gid != group || name != owners.gr_name) return false;
  for (char** member = owners.gr_mem; *member != nullptr; ++member) {
    if (name != *member) return false;
  }
  return true;
}

}  // namespace

std::string distrust(const struct stat& facts) {
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
    return "belongs to " + user_text(facts.st_uid) + ", who is neither root nor " +
           user_text(::geteuid());
  }
  if (S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0) return {};
  if ((facts.st_mode & S_IWOTH) != 0) return "can be written by everybody";
  if ((facts.st_mode & S_IWGRP) != 0 && !is_private_group(facts.st_uid, facts.st_gid))
    return "can be written by its group";
  return {};
}

std::string distrust_folder(const fs::path& folder) {
  struct stat facts {};
  if (::stat(folder.c_str(), &facts) != 0) return {};
  const std::string why = distrust(facts);
  return why.empty() ? "" : "its folder " + folder.string() + " " + why;
}

std::string distrust_file(const fs::path& path, int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return "it cannot be looked at";
  if (std::string why = distrust(facts); !why.empty()) return "it " + why;
  std::error_code ignored;
  const fs::path named = fs::absolute(path, ignored).parent_path();
  if (std::string why = distrust_folder(named); !why.empty()) return why;
  // Through links: what is open says itself where it is.
  const fs::path real =
      fs::read_symlink("/proc/self/fd/" + std::to_string(descriptor), ignored).parent_path();
  return real.empty() ? "" : distrust_folder(real);
}

}  // namespace tidegate
