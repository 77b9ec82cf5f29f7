// SPDX-License-Identifier: Apache-2.0
//
// Another user for a child process (ChildSpec::user). The host looks it up: whatever the tables of
// users are read by (NSS: LDAP, files) runs here, and the child gets two numbers. The child takes
// them as the first thing it does, before any descriptor is looked at and any code of others runs,
// and for good. Thread rule: find and check [any], may block on the tables; become [main], before
// any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tidegate {

// What the kernel knows of a user.
struct UserIds {
  uid_t user = 0;
  gid_t group = 0;
};

struct ChildUser {
  UserIds ids;
  std::string name;  // empty: a number without an entry
  std::string home;  // the same
};

// A user that no child can be started as: why, and what cures it.
class ChildUserRefused : public std::runtime_error {
 public:
  ChildUserRefused(const std::string& problem, std::string cure)
      : std::runtime_error(problem), cure_(std::move(cure)) {}
  [[nodiscard]] const std::string& cure() const { return cure_; }

 private:
  std::string cure_;
};

// What is wrong with a text that is to be "USER" or "USER:GROUP", each a name or a number; empty:
// nothing. No table is read.
[[nodiscard]] std::optional<std::string> child_user_problem(std::string_view text);

// Without a group in the text, the user's own from the table. Throws ChildUserRefused where there
// is no such user or group, or where it is root. REQUIRES: child_user_problem is empty.
[[nodiscard]] ChildUser find_child_user(const std::string& text);

// Whether this process may start a child as another user, and end it: CAP_SETUID, CAP_SETGID and
// CAP_KILL, without which neither we nor the kernel (PR_SET_PDEATHSIG) could end it. Throws
// ChildUserRefused.
void check_may_change_user();

// The child's side: from here on this process is that user, with no other group, no capability and
// no way back or up (no_new_privs). Throws std::exception where any of it fails.
void become_user(UserIds ids);

// "65534:65534", and back; empty where the text is something else.
[[nodiscard]] std::string to_text(UserIds ids);
[[nodiscard]] std::optional<UserIds> user_ids(std::string_view text);

}  // namespace tidegate
