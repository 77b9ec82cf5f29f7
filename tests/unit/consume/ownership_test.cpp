// SPDX-License-Identifier: Apache-2.0
//
// The rule of an ownership period alone: every state, every event, and random walks against a
// reference that is a number which only grows.
#include "host/consume/ownership.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tidegate {
namespace {

using State = Ownership::State;
using Covers = Ownership::Covers;

Ownership in(State state) {
  Ownership ownership;
  if (state == State::active) (void)ownership.begin();
  if (state == State::draining || state == State::revoked) ownership.drain();
  if (state == State::revoked) ownership.give_up();
  if (state == State::lost) ownership.lose();
  return ownership;
}

TEST(Ownership, Invariant3_WhatEachStateAllows) {
  struct Row {
    State state;
    bool owned, reads, attempts_again, commits_finished, commits_read;
  };
  for (const Row& row : {Row{State::resolving, true, false, false, false, false},
                         Row{State::active, true, true, true, true, true},
                         Row{State::draining, true, false, false, true, false},
                         Row{State::revoked, false, false, false, false, false},
                         Row{State::lost, false, false, false, false, false}}) {
    const Ownership ownership = in(row.state);
    SCOPED_TRACE(static_cast<int>(row.state));
    EXPECT_EQ(ownership.state(), row.state);
    EXPECT_EQ(ownership.owned(), row.owned);
    EXPECT_EQ(ownership.reads(), row.reads);
    EXPECT_EQ(ownership.attempts_again(), row.attempts_again);
    EXPECT_EQ(ownership.commits(Covers::finished), row.commits_finished);
    EXPECT_EQ(ownership.commits(Covers::read), row.commits_read);
    EXPECT_EQ(ownership.resolving(), row.state == State::resolving);
    EXPECT_EQ(ownership.draining(), row.state == State::draining);
  }
}

TEST(Ownership, AStartThatIsFoundOutTooLateChangesNothing) {
  for (const State late : {State::draining, State::revoked, State::lost}) {
    Ownership ownership = in(late);
    EXPECT_FALSE(ownership.begin());
    EXPECT_EQ(ownership.state(), late);
  }
}

TEST(Ownership, WhatIsOverIsNotDrainedAgain) {
  for (const State over : {State::revoked, State::lost}) {
    Ownership ownership = in(over);
    ownership.drain();
    EXPECT_EQ(ownership.state(), over);
  }
}

TEST(OwnershipDeathTest, NothingIsGivenUpThatWasNotDrained) {
  for (const State early : {State::resolving, State::active}) {
    Ownership ownership = in(early);
    EXPECT_DEATH(ownership.give_up(), "revoke is stop, drain, commit, give up");
  }
}

TEST(OwnershipDeathTest, EndsOnce) {
  for (const State over : {State::revoked, State::lost}) {
    Ownership ownership = in(over);
    EXPECT_DEATH(ownership.lose(), "an ownership ends once");
    EXPECT_DEATH(ownership.give_up(), "broken invariant");
  }
}

TEST(Ownership, RandomEventsNeverLeadBack) {
  std::mt19937 random(5);
  for (int walk = 0; walk < 1000; ++walk) {
    Ownership ownership;
    int rank = 0;  // resolving, active, draining, over
    for (int step = 0; step < 12; ++step) {
      switch (std::uniform_int_distribution<int>(0, 3)(random)) {
        case 0:
          EXPECT_EQ(ownership.begin(), rank <= 1);
          if (rank == 0) rank = 1;
          break;
        case 1:
          ownership.drain();
          if (rank < 3) rank = 2;
          break;
        case 2:
          if (rank != 2) break;
          ownership.give_up();
          rank = 3;
          break;
        default:
          if (rank == 3) break;
          ownership.lose();
          rank = 3;
      }
      EXPECT_EQ(std::min(static_cast<int>(ownership.state()), 3), rank);
      EXPECT_EQ(ownership.owned(), rank < 3);
      EXPECT_EQ(ownership.reads(), rank == 1);
      EXPECT_EQ(ownership.commits(Covers::finished), rank == 1 || rank == 2);
      EXPECT_EQ(ownership.commits(Covers::read), rank == 1);
    }
  }
}

}  // namespace
}  // namespace tidegate
