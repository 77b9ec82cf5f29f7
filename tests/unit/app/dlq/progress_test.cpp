// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/progress.hpp"

#include "tests/unit/app/dlq/letters.hpp"

namespace tidegate::dlq {
namespace {

using Positions = std::map<std::int32_t, std::int64_t>;

Positions positions(const Progress& progress) {
  Positions found;
  const kafka::PartitionList list = progress.to_keep();
  for (int i = 0; i < list->cnt; ++i) found[list->elems[i].partition] = list->elems[i].offset;
  return found;
}

class ProgressTest : public Letters {
 protected:
  DeadLetter at(std::int64_t offset) {
    DeadLetter made = letter({.key = {}, .value = "v", .headers = {}});
    made.offset = offset;
    return made;
  }
};

TEST_F(ProgressTest, HoldsAtTheFirstCopyThatIsNotAcknowledged) {
  Progress progress("g.dlq");
  progress.begin({{0, {10, 20}}});
  EXPECT_EQ(positions(progress), Positions{}) << "nothing has changed";
  progress.began(at(10));
  progress.began(at(11));
  progress.passed(at(12));
  progress.finished(0, 11);
  EXPECT_EQ(positions(progress), Positions{}) << "10 is still on its way";
  progress.finished(0, 10);
  EXPECT_EQ(positions(progress), (Positions{{0, 13}}));
  progress.kept();
  EXPECT_EQ(positions(progress), Positions{}) << "kept already";
}

TEST_F(ProgressTest, TheEndIsReachedOnlyWithEverythingBeforeIt) {
  Progress progress("g.dlq");
  progress.begin({{0, {0, 5}}, {1, {0, 7}}, {2, {3, 3}}});
  progress.began(at(2));
  progress.passed_all();
  EXPECT_EQ(positions(progress), (Positions{{0, 2}, {1, 7}}));
  progress.finished(0, 2);
  EXPECT_EQ(positions(progress), (Positions{{0, 5}, {1, 7}}));
}

}  // namespace
}  // namespace tidegate::dlq
