// SPDX-License-Identifier: Apache-2.0
#include "host/track/read_out.hpp"

#include <gtest/gtest.h>

namespace tidegate {
namespace {

TEST(ReadOut, CountsMessagesAndNotTheGapsBetweenThem) {
  ReadOut read;
  read.add(Offset{10}, Offset{19});
  read.add(Offset{20}, Offset{29});  // goes on without a gap
  read.add(Offset{100}, Offset{104});
  EXPECT_EQ(read.count(), 25U);
  EXPECT_EQ(read.count_below(Position{10}), 0U);
  EXPECT_EQ(read.count_below(Position{25}), 15U);
  EXPECT_EQ(read.count_below(Position{100}), 20U);
  EXPECT_EQ(read.count_below(Position{1000}), 25U);
}

TEST(ReadOut, CutsBehindSoManyMessages) {
  ReadOut read;
  read.add(Offset{10}, Offset{19});
  read.add(Offset{100}, Offset{109});
  EXPECT_EQ(read.end_of(5, Position{200}), Position{15});
  EXPECT_EQ(read.end_of(5, Position{12}), Position{12}) << "never beyond the end that is given";
  EXPECT_EQ(read.end_of(10, Position{200}), Position{100}) << "the next message begins there";
  EXPECT_EQ(read.end_of(12, Position{200}), Position{102});
  EXPECT_EQ(read.end_of(20, Position{200}), Position{200}) << "a gap at the end is passed";
  EXPECT_EQ(read.end_of(0, Position{200}), Position{10});
}

TEST(ReadOut, ForgetsWhatIsCommitted) {
  ReadOut read;
  read.add(Offset{10}, Offset{19});
  read.add(Offset{100}, Offset{109});
  read.forget_below(Position{15});
  EXPECT_EQ(read.count(), 15U);
  EXPECT_EQ(read.count_below(Position{100}), 5U);
  read.forget_below(Position{104});
  EXPECT_EQ(read.count(), 6U);
  read.forget_below(Position{500});
  EXPECT_EQ(read.count(), 0U);
}

}  // namespace
}  // namespace tidegate
