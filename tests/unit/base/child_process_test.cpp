// SPDX-License-Identifier: Apache-2.0
#include "host/base/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "host/base/child_run.hpp"
#include "tests/unit/base/test_child.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr Duration kLong = 60s;

ChildSpec test_child(std::vector<std::string> arguments) {
  ChildSpec spec;
  spec.command = kTestChild;
  spec.arguments = std::move(arguments);
  return spec;
}

std::string answer_of(std::vector<std::string> arguments, const std::string& request = "") {
  const ChildRun run = run_child(test_child(std::move(arguments)), request, kLong);
  EXPECT_TRUE(run.end == ChildRun::End::itself && run.exit.clean()) << run.in_words(kLong) << "\n"
                                                                    << run.output;
  return run.answer;
}

TEST(ChildProcess, GetsTheRequestAndGivesTheAnswer) {
  EXPECT_EQ(answer_of({"echo"}, "question"), "<question>");
  EXPECT_EQ(answer_of({"echo"}, ""), "<>");
  const std::string large(900'000, 'x');  // more than a pipe holds
  EXPECT_EQ(answer_of({"echo"}, large), "<" + large + ">");
}

TEST(ChildProcess, HasTheDescriptorsThatWereHandedOverAndNoOther) {
  const Descriptor leaky(::open("/dev/null", O_RDONLY));  // without close-on-exec, as plugins do
  const Descriptor high(::fcntl(leaky.get(), F_DUPFD, 100));
  ASSERT_TRUE(high);
  EXPECT_EQ(answer_of({"descriptors"}), "0 1 2 3 4 ");
}

TEST(ChildProcess, TakesNumbersOfOursThatAreItsOwnInAnotherOrder) {
  std::array<int, 2> one{};
  std::array<int, 2> two{};
  ASSERT_EQ(::pipe2(one.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(two.data(), O_CLOEXEC), 0);
  const std::vector<int> owned = {one[0], one[1], two[0], two[1]};
  // Ours are 3 and 4 where this test runs alone; the child's 4 is to be our lowest.
  ChildSpec spec = test_child({"group"});
  spec.descriptors = {two[1], one[1]};
  ChildProcess child(spec);
  ASSERT_TRUE(child.wait(system_clock().now() + kLong)->clean());
  std::array<char, 8> text{};
  EXPECT_EQ(::read(one[0], text.data(), text.size()), 3);
  EXPECT_STREQ(text.data(), "own");
  for (const int number : owned) ::close(number);
}

TEST(ChildProcess, HasItsOwnGroupAndFreshSignals) {
  EXPECT_EQ(answer_of({"group"}), "own");
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);
  struct sigaction ignore {};
  struct sigaction pipe_before {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before);
  EXPECT_EQ(answer_of({"signals"}), "free default");
  sigaction(SIGPIPE, &pipe_before, nullptr);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(ChildProcess, LeavesNoCoreFile) { EXPECT_EQ(answer_of({"cores"}), "1"); }

TEST(ChildProcess, SeesOurEnvironmentOrWhatIsLeftOfIt) {
  ::setenv("TIDEGATE_TEST_SECRET", "s3cret", 1);
  ::setenv("NOTIFY_SOCKET", "/run/notify", 1);
  const std::string path = std::getenv("PATH");
  EXPECT_EQ(answer_of({"variables", "TIDEGATE_TEST_SECRET", "PATH", "NOTIFY_SOCKET"}),
            "TIDEGATE_TEST_SECRET=s3cret PATH=" + path + " NOTIFY_SOCKET=(none) ");
  ChildSpec spec = test_child({"variables", "TIDEGATE_TEST_SECRET", "PATH", "NOTIFY_SOCKET"});
  spec.environment = ChildSpec::Environment::scrubbed;
  EXPECT_EQ(run_child(spec, "", kLong).answer,
            "TIDEGATE_TEST_SECRET=(none) PATH=" + path + " NOTIFY_SOCKET=(none) ");
  spec.environment_kept = {"TIDEGATE_TEST_SECRET"};
  EXPECT_THAT(run_child(spec, "", kLong).answer, StartsWith("TIDEGATE_TEST_SECRET=s3cret"));
  ::unsetenv("TIDEGATE_TEST_SECRET");
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(ChildProcess, SaysInWordsHowItEnded) {
  EXPECT_EQ(run_child(test_child({"exit", "3"}), "", kLong).in_words(kLong), "exited with code 3");
  const ChildRun run = run_child(test_child({"signal", std::to_string(SIGKILL)}), "", kLong);
  EXPECT_EQ(run.in_words(kLong), "was ended by SIGKILL (Killed)");
  EXPECT_EQ(run.answer, "before") << "what was written before the end arrives";
  EXPECT_EQ(run.output, "something is wrong\n");
  EXPECT_FALSE(run.exit.clean());
}

TEST(ChildProcess, IsEndedAtItsTimeLimit) {
  const MonotonicTime begin = system_clock().now();
  const ChildRun run = run_child(test_child({"hang"}), "", 250ms);
  EXPECT_EQ(run.end, ChildRun::End::time_limit);
  EXPECT_EQ(run.in_words(250ms), "had not ended after 0.25 s and was ended");
  EXPECT_GE(system_clock().now() - begin, 250ms);
  EXPECT_LT(system_clock().now() - begin, kLong);
}

TEST(ChildProcess, MayTalkMoreThanAPipeHoldsAndItsLastWordsAreKept) {
  const ChildRun run = run_child(test_child({"talk"}), "", kLong);
  EXPECT_TRUE(run.exit.clean());
  EXPECT_LE(run.output.size(), 8192U);
  EXPECT_THAT(run.output, HasSubstr("the last line\n"));
}

TEST(ChildProcess, TakesWhatItStartedWithIt) {
  const ChildRun run = run_child(test_child({"grandchild"}), "", kLong);
  EXPECT_TRUE(run.exit.clean()) << "and nobody waited for the grandchild, which has our pipes";
  EXPECT_TRUE(has_ended(std::stoi(run.answer)));
}

TEST(ChildProcess, IsEndedWithItsParent) {
  const ChildRun run = run_child(test_child({"parent"}), "", kLong);
  EXPECT_TRUE(has_ended(std::stoi(run.answer)));
}

TEST(ChildProcess, IsEndedWithItsObject) {
  pid_t pid = -1;
  {
    const ChildProcess child(test_child({"hang"}));
    pid = child.pid();
  }
  EXPECT_TRUE(has_ended(pid));
}

TEST(ChildProcess, ThatCannotBeStartedSaysWhy) {
  ChildSpec spec = test_child({"hang"});
  spec.program = "/no/such/program";
  try {
    const ChildProcess child(spec);
    FAIL() << "it was started";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST(ChildProcess, RefusesToBeTypedByHand) {
  // `env -u <number> <program> ...` runs it with another parent's number than its own.
  ChildSpec typed;
  typed.program = "/usr/bin/env";
  typed.command = "-u";
  typed.arguments = {std::filesystem::read_symlink("/proc/self/exe").string(), kTestChild, "1", "-",
                     "hang"};
  const ChildRun run = run_child(typed, "", kLong);
  EXPECT_EQ(run.exit.code, 64);
  EXPECT_THAT(run.output, HasSubstr("starts this command for itself"));
}

}  // namespace
}  // namespace tidegate
