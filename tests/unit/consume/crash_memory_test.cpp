// SPDX-License-Identifier: Apache-2.0
//
// Crashes count for the version of the plugin that crashed (host/consume/attempts.hpp).
#include <gtest/gtest.h>

#include "host/consume/attempts.hpp"
#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

constexpr std::uint32_t kVersion = 7;

Item crashed(std::uint32_t crashes) {
  Item item = fakes::item(5);
  auto origin = std::make_unique<kafka::Origin>();
  origin->attempts = 2;
  origin->crashes = crashes;
  origin->crashed_plugin = kVersion;
  item.message.set_origin(std::move(origin));
  return item;
}

TEST(CrashMemory, GoesOnWhileTheSameVersionCrashes) {
  Item item = crashed(2);
  forget_crashes_of_others(item, kVersion);
  EXPECT_EQ(item.message.origin()->crashes, 2U);
}

TEST(CrashMemory, BeginsAtZeroWhenAnotherVersionCrashes) {
  Item item = crashed(2);
  forget_crashes_of_others(item, kVersion + 1);
  EXPECT_EQ(item.message.origin()->crashes, 0U);
  EXPECT_EQ(item.message.origin()->attempts, 2U) << "what it failed is its own";
}

TEST(CrashMemory, OfAMessageWithoutAPastThereIsNothingToForget) {
  Item item = fakes::item(5);
  forget_crashes_of_others(item, kVersion);
  EXPECT_EQ(item.message.origin(), nullptr);
}

}  // namespace
}  // namespace tidegate
