// SPDX-License-Identifier: Apache-2.0
#include "host/base/child_user.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace tidegate {
namespace {

using Id = std::uint32_t;
static_assert(sizeof(uid_t) == sizeof(Id) && sizeof(gid_t) == sizeof(Id));
// To the kernel this one means "leave it as it is".
constexpr Id kNoId = std::numeric_limits<Id>::max();

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Id> id_of(std::string_view text) {
  Id id = kNoId;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, id);
  if (!is_number(text) || read.ec != std::errc{} || read.ptr != end || id == kNoId)
    return std::nullopt;
  return id;
}

struct Halves {
  std::string user;
  std::string group;  // empty: not named
};

Halves halves(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {std::string(text), {}};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

// An entry of the table of users or groups, by one of the four ways to ask for it. Null: there is
// none. Throws std::system_error where the table cannot be read.
template <class Entry, class Key>
const Entry* look_up(int (*ask)(Key, Entry*, char*, std::size_t, Entry**), Key key, Entry& entry,
                     std::vector<char>& room) {
  for (room.resize(1024);; room.resize(room.size() * 2)) {
    Entry* found = nullptr;
    const int error = ask(key, &entry, room.data(), room.size(), &found);
    if (error == 0) return found;
    // What POSIX lets "no such entry" be called.
    if (error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) return nullptr;
    if (error != ERANGE && error != EINTR)
      throw std::system_error(error, std::generic_category(), "the tables of users");
  }
}

ChildUser find_user(const std::string& text, bool group_is_named) {
  passwd entry{};
  std::vector<char> room;
  const auto number = id_of(text);
  const passwd* const found = number ? look_up(::getpwuid_r, uid_t{*number}, entry, room)
                                     : look_up(::getpwnam_r, text.c_str(), entry, room);
  if (found != nullptr) return {{found->pw_uid, found->pw_gid}, found->pw_name, found->pw_dir};
  if (!number)
    throw ChildUserRefused("there is no user \"" + text + "\" on this machine",
                           "create it (useradd --system), or name one that is there");
  if (!group_is_named)
    throw ChildUserRefused("user number " + text + " has no entry that names its group",
                           "write the group too: \"" + text + ":GROUP\"");
  return {{*number, kNoId}, {}, {}};
}

gid_t find_group(const std::string& text) {
  if (const auto number = id_of(text)) return *number;
  group entry{};
  std::vector<char> room;
  const group* const found = look_up(::getgrnam_r, text.c_str(), entry, room);
  if (found != nullptr) return found->gr_gid;
  throw ChildUserRefused("there is no group \"" + text + "\" on this machine",
                         "create it (groupadd --system), or name one that is there");
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

void check(long result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

Capabilities capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities found{};
  check(::syscall(SYS_capget, &header, found.data()), "capget");
  return found;
}

// They would stay where no user id was 0 before (a service with AmbientCapabilities), or where
// securebits say so.
void give_up_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const Capabilities none{};
  check(::syscall(SYS_capset, &header, none.data()), "capset");
}

void check_is(UserIds ids) {
  std::array<uid_t, 3> users{};
  std::array<gid_t, 3> groups{};
  check(::getresuid(&users[0], &users[1], &users[2]), "getresuid");
  check(::getresgid(&groups[0], &groups[1], &groups[2]), "getresgid");
  const bool is =
      std::all_of(users.begin(), users.end(), [&](uid_t u) { return u == ids.user; }) &&
      std::all_of(groups.begin(), groups.end(), [&](gid_t g) { return g == ids.group; });
  if (!is || ::getgroups(0, nullptr) != 0)
    throw std::runtime_error("the process did not become user " + to_text(ids));
}

}  // namespace

std::optional<std::string> child_user_problem(std::string_view text) {
  const auto [user, group] = halves(text);
  const bool complete = !user.empty() && group.find(':') == std::string::npos &&
                        (text.find(':') == std::string_view::npos || !group.empty());
  if (!complete) return "is neither \"USER\" nor \"USER:GROUP\"";
  for (const std::string& half : {user, group}) {
    if (is_number(half) && !id_of(half)) return half + " is no number of a user or a group";
  }
  return std::nullopt;
}

ChildUser find_child_user(const std::string& text) {
  const auto [user, group] = halves(text);
  ChildUser found = find_user(user, !group.empty());
  if (!group.empty()) found.ids.group = find_group(group);
  if (found.ids.user == 0)
    throw ChildUserRefused("is root, who may do anything",
                           "name a user who may do less, best one of its own");
  return found;
}

void check_may_change_user() {
  const std::uint32_t effective = capabilities()[0].effective;
  std::string missing;
  for (const auto& [number, name] :
       {std::pair(CAP_SETUID, "CAP_SETUID"), {CAP_SETGID, "CAP_SETGID"}, {CAP_KILL, "CAP_KILL"}}) {
    if ((effective & (1U << static_cast<unsigned>(number))) == 0)
      missing.append(missing.empty() ? "" : ", ").append(name);
  }
  if (missing.empty()) return;
  throw ChildUserRefused(
      "this process (user number " + std::to_string(::geteuid()) +
          ") may not start another one as that user: it lacks " + missing,
      "start the host as root or give it these capabilities (systemd: AmbientCapabilities=)");
}

void become_user(UserIds ids) {
  const uid_t before = ::geteuid();
  // The order matters: with the user id the right to do the rest is gone.
  check(::setgroups(0, nullptr), "setgroups");
  check(::setresgid(ids.group, ids.group, ids.group), "setresgid");
  check(::setresuid(ids.user, ids.user, ids.user), "setresuid");
  give_up_capabilities();
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
  check_is(ids);
  if (before != ids.user && ::setresuid(kNoId, before, kNoId) == 0)
    throw std::runtime_error("the process could become user " + std::to_string(before) + " again");
}

std::string to_text(UserIds ids) {
  return std::to_string(ids.user) + ":" + std::to_string(ids.group);
}

std::optional<UserIds> user_ids(std::string_view text) {
  const auto [user, group] = halves(text);
  const auto user_id = id_of(user);
  const auto group_id = id_of(group);
  if (!user_id || !group_id) return std::nullopt;
  return UserIds{*user_id, *group_id};
}

}  // namespace tidegate
