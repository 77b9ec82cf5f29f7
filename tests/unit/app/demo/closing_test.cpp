// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/closing.hpp"

#include <gtest/gtest.h>

namespace tidegate::demo {
namespace {

constexpr auto kDone = Host::Ending::caught_up;

Ledger sound() {
  Ledger ledger;
  ledger.consumed = 1'020;
  ledger.ok = 988;
  ledger.retried = 20;
  ledger.dead_lettered = 2;
  ledger.dropped = 10;
  return ledger;
}

TEST(DemoClosing, IsGoodWhenEveryMessageIsAccountedFor) {
  const Closing closing = close_books(1'000, sound(), kDone);
  EXPECT_TRUE(closing.good);
  EXPECT_EQ(
      closing.text.rfind("consumed 1,020 = ok 988 + retried 20 + dead-lettered 2 + dropped 10 + "
                         "in flight 0\n",
                         0),
      0U)
      << closing.text;
}

TEST(DemoClosing, IsBadWhenFewerWereSeenThanProduced) {
  const Closing closing = close_books(1'001, sound(), kDone);
  EXPECT_FALSE(closing.good);
  EXPECT_NE(closing.text.find("produced 1,001, but 1,000 were seen"), std::string::npos)
      << closing.text;
}

TEST(DemoClosing, IsBadWhenMoreWereSeenThanProduced) {
  EXPECT_FALSE(close_books(999, sound(), kDone).good);
}

TEST(DemoClosing, IsBadWhenItDoesNotAddUp) {
  Ledger ledger = sound();
  ledger.ok -= 1;
  EXPECT_FALSE(close_books(1'000, ledger, kDone).good);
}

TEST(DemoClosing, IsBadWhileMessagesAreInFlight) {
  Ledger ledger = sound();
  ledger.ok -= 1;
  ledger.in_flight += 1;
  EXPECT_FALSE(close_books(1'000, ledger, kDone).good);
}

TEST(DemoClosing, CountsWhatWasGivenBackOnce) {
  Ledger ledger = sound();
  ledger.consumed += 5;
  ledger.given_back += 5;
  EXPECT_TRUE(close_books(1'000, ledger, kDone).good);
}

TEST(DemoClosing, IsBadWhenItEndedEarly) {
  for (const auto ending : {Host::Ending::stopped, Host::Ending::none_runs, Host::Ending::stuck}) {
    EXPECT_FALSE(close_books(1'000, sound(), ending).good);
  }
}

TEST(DemoClosing, TellsOfDeadLettersAndHowToLookAtThem) {
  Ledger ledger = sound();
  EXPECT_EQ(about_dead_letters(ledger, "demo.dlq"),
            "2 of them failed in every attempt and lie in demo.dlq.\n");
  ledger.dead_lettered = 0;
  EXPECT_EQ(about_dead_letters(ledger, "demo.dlq"), "");
  const std::string commands = dead_letter_commands("bin/tidegate", "a:1,b:2", "demo.dlq");
  for (const char* verb : {"list", "show", "replay"}) {
    const std::string line =
        std::string("  bin/tidegate dlq ") + verb + " --bootstrap a:1,b:2 --topic demo.dlq";
    EXPECT_NE(commands.find(line), std::string::npos) << commands;
  }
}

}  // namespace
}  // namespace tidegate::demo
