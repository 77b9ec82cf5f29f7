// SPDX-License-Identifier: Apache-2.0
//
// Another user for a child. What needs root, or another capability, says so and is skipped without.
#include "host/base/child_user.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "host/base/child_run.hpp"
#include "tests/unit/base/test_child.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;

// Of no user and no group of this machine.
constexpr UserIds kNobodyKnown{4'000'000'001, 4'000'000'002};

std::string refused(const std::string& text) {
  try {
    (void)find_child_user(text);
  } catch (const ChildUserRefused& refused) {
    return std::string(refused.what()) + "; " + refused.cure();
  }
  return "(not refused)";
}

TEST(ChildUser, IsANameOrANumberAndAGroupIfYouLike) {
  for (const char* good : {"nobody", "nobody:nogroup", "65534", "65534:65534", "4294967294:0"})
    EXPECT_EQ(child_user_problem(good), std::nullopt) << good;
  for (const char* bad : {"", ":", "nobody:", ":nogroup", "a:b:c"})
    EXPECT_THAT(child_user_problem(bad), Optional(HasSubstr("\"USER:GROUP\""))) << bad;
  // To the kernel the first of them means "as it is".
  for (const char* bad : {"4294967295", "nobody:4294967295", "4294967296", "99999999999999999999"})
    EXPECT_THAT(child_user_problem(bad), Optional(HasSubstr("is no number"))) << bad;
}

TEST(ChildUser, IsLookedUpWithItsGroupAndItsHome) {
  const ChildUser found = find_child_user("nobody");
  EXPECT_EQ(found.name, "nobody");
  EXPECT_NE(found.ids.user, 0U);
  EXPECT_FALSE(found.home.empty());
  EXPECT_EQ(to_text(find_child_user(std::to_string(found.ids.user)).ids), to_text(found.ids));
  EXPECT_EQ(find_child_user("nobody:daemon").ids.user, found.ids.user);
  EXPECT_NE(find_child_user("nobody:daemon").ids.group, found.ids.group);
  const ChildUser bare = find_child_user(to_text(kNobodyKnown));
  EXPECT_EQ(to_text(bare.ids), "4000000001:4000000002");
  EXPECT_EQ(bare.name, "");
}

TEST(ChildUser, ThatIsNotThereOrIsRootIsRefusedWithTheCure) {
  EXPECT_THAT(refused("nobdy"), HasSubstr("no user \"nobdy\" on this machine; create it"));
  EXPECT_THAT(refused("nobody:nogrp"), HasSubstr("no group \"nogrp\" on this machine; create it"));
  EXPECT_THAT(refused("4000000001"), HasSubstr("write the group too: \"4000000001:GROUP\""));
  for (const char* root : {"root", "0", "0:65534", "root:nogroup"})
    EXPECT_THAT(refused(root), HasSubstr("is root, who may do anything")) << root;
}

class OtherUser : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can start a child as another user";
  }
  static std::string answer(std::vector<std::string> arguments, std::optional<ChildUser> user) {
    ChildSpec spec;
    spec.command = kTestChild;
    spec.arguments = std::move(arguments);
    spec.user = std::move(user);
    const ChildRun run = run_child(spec, "", 60s);
    EXPECT_TRUE(run.exit.clean()) << run.in_words(60s) << "\n" << run.output;
    return run.answer;
  }
};

TEST_F(OtherUser, IsTakenWholeAndForGood) {
  check_may_change_user();
  EXPECT_EQ(answer({"user"}, ChildUser{kNobodyKnown, "", ""}),
            "Uid:\t4000000001\t4000000001\t4000000001\t4000000001\n"
            "Gid:\t4000000002\t4000000002\t4000000002\t4000000002\n"
            "Groups:\t \n"
            "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"
            "back: no\n");
}

TEST_F(OtherUser, HasTheVariablesOfThatUser) {
  ::setenv("LOGNAME", "somebody", 1);
  EXPECT_EQ(answer({"variables", "HOME", "USER", "LOGNAME"},
                   ChildUser{kNobodyKnown, "guest", "/home/guest"}),
            "HOME=/home/guest USER=guest LOGNAME=guest ");
  EXPECT_EQ(answer({"variables", "HOME", "USER", "LOGNAME"}, ChildUser{kNobodyKnown, "", ""}),
            "HOME=(none) USER=(none) LOGNAME=(none) ");
  ::unsetenv("LOGNAME");
}

// The kernel forgets with a user's change that the child was to end with its parent.
TEST_F(OtherUser, EndsWithItsParentAllTheSame) {
  const pid_t pid = std::stoi(answer({"parent", to_text(kNobodyKnown)}, std::nullopt));
  EXPECT_TRUE(has_ended(pid));
}

TEST_F(OtherUser, IsEndedByUsAtItsTimeLimit) {
  ChildSpec spec;
  spec.command = kTestChild;
  spec.arguments = {"hang"};
  spec.user = ChildUser{kNobodyKnown, "", ""};
  const ChildRun run = run_child(spec, "", 250ms);
  EXPECT_EQ(run.end, ChildRun::End::time_limit);
  EXPECT_EQ(run.exit.signal, SIGKILL);
}

}  // namespace
}  // namespace tidegate
