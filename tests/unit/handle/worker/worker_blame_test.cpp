// SPDX-License-Identifier: Apache-2.0
//
// Who is to blame (DESIGN §7), one rule a test.
#include "host/handle/worker/worker_blame.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace tidegate {
namespace {

using Verdict = SlotEnding::Verdict;

const std::string kHow = "was ended by SIGSEGV";

CallEvidence calling(std::uint32_t first, std::uint32_t count = 1) {
  CallEvidence slot;
  slot.count = 10;
  slot.calling = {first, count};
  return slot;
}

CallEvidence marked(CallEvidence slot) {
  slot.signal = SIGSEGV;
  slot.frames = "parse+0x12 (orders.so)";
  return slot;
}

std::vector<Verdict> verdicts(const std::vector<SlotEnding>& endings) {
  std::vector<Verdict> found;
  for (const SlotEnding& ending : endings) found.push_back(ending.verdict);
  return found;
}

TEST(WorkerBlame, TheOneSlotWithAFaultMarkIsBlamedAndSaysWhere) {
  const auto endings = blame({calling(1), marked(calling(4)), calling(0)}, std::nullopt, kHow);
  EXPECT_EQ(verdicts(endings),
            (std::vector{Verdict::innocent, Verdict::blamed, Verdict::innocent}));
  EXPECT_EQ(endings[1].kind, ErrorKind::crash);
  EXPECT_EQ(endings[1].calling.first, 4U);
  EXPECT_EQ(endings[1].reason,
            "the worker process was ended by SIGSEGV; top of the stack: parse+0x12 (orders.so)");
}

TEST(WorkerBlame, TheOnlyMessageInFlightNeedsNoMark) {
  EXPECT_EQ(verdicts(blame({CallEvidence{}, calling(4)}, std::nullopt, kHow)),
            (std::vector{Verdict::innocent, Verdict::blamed}));
}

TEST(WorkerBlame, SeveralWithoutAMarkAreSuspects) {
  EXPECT_EQ(verdicts(blame({calling(1), calling(4), CallEvidence{}}, std::nullopt, kHow)),
            (std::vector{Verdict::suspects, Verdict::suspects, Verdict::innocent}));
}

TEST(WorkerBlame, SeveralMarksNameNobody) {
  EXPECT_EQ(verdicts(blame({marked(calling(1)), marked(calling(4))}, std::nullopt, kHow)),
            (std::vector{Verdict::suspects, Verdict::suspects}));
}

TEST(WorkerBlame, OfABatchAllAreSuspectsMarkedOrNot) {
  EXPECT_EQ(verdicts(blame({marked(calling(0, 5)), calling(3)}, std::nullopt, kHow)),
            (std::vector{Verdict::suspects, Verdict::innocent}));
}

TEST(WorkerBlame, TheCallThatHungIsBlamedWhateverTheMarksSay) {
  const auto endings = blame({marked(calling(1)), calling(4)}, 1, "was ended by SIGABRT");
  EXPECT_EQ(verdicts(endings), (std::vector{Verdict::innocent, Verdict::blamed}));
  EXPECT_EQ(endings[1].kind, ErrorKind::timeout);
}

TEST(WorkerBlame, WhoWroteWhatCannotBeHasNothingThatCounts) {
  CallEvidence corrupt = calling(0, 10);
  corrupt.corrupt = true;
  const auto endings = blame({marked(calling(4)), corrupt}, std::nullopt, kHow);
  EXPECT_EQ(verdicts(endings), (std::vector{Verdict::innocent, Verdict::suspects}));
  EXPECT_TRUE(endings[0].answers_valid);
  EXPECT_FALSE(endings[1].answers_valid);
}

TEST(WorkerBlame, ADeathBetweenCallsIsNobodysFault) {
  CallEvidence between = calling(3, 0);
  EXPECT_EQ(verdicts(blame({between, CallEvidence{}}, std::nullopt, "exited with code 0")),
            (std::vector{Verdict::innocent, Verdict::innocent}));
}

}  // namespace
}  // namespace tidegate
