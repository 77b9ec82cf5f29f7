// SPDX-License-Identifier: Apache-2.0
//
// The demo from its command line to its ledger.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "host/app/scratch_dir.hpp"
#include "tests/broker/app/process.hpp"

namespace tidegate {
namespace {

TEST(Demo, EndsWithALedgerThatAddsUp) {
  const ScratchDir folder;
  const test::Ended ended = test::tidegate({"demo", "--messages", "5000"}, folder.path());
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_NE(ended.out.find("Every one of the 5,000 messages produced is accounted for"),
            std::string::npos)
      << ended.out;
  EXPECT_NE(ended.out.find("metrics while it runs: http://127.0.0.1:"), std::string::npos);
  EXPECT_EQ(ended.err, "") << "nothing to complain about";
}

TEST(Demo, FailsForAKnownShareOfTheMessages) {
  const ScratchDir folder;
  const test::Ended first = test::tidegate({"demo", "--messages", "3000"}, folder.path());
  const test::Ended second = test::tidegate({"demo", "--messages", "3000"}, folder.path());
  const auto equation = [](const std::string& out) {
    return out.substr(out.rfind("consumed 3,0"));
  };
  ASSERT_NE(first.out.rfind("consumed 3,0"), std::string::npos) << first.out << first.err;
  EXPECT_EQ(equation(first.out), equation(second.out));
  EXPECT_NE(first.out.find("+ dead-lettered 3 + dropped 0 +"), std::string::npos)
      << "one in a thousand fails every time: " << first.out;
  EXPECT_EQ(first.out.find("+ retried 0 +"), std::string::npos)
      << "the plugin was to fail now and then";
}

// The words of a command that the demo printed, without the program.
std::vector<std::string> words_after(const std::string& out, const std::string& verb) {
  const std::size_t begin = out.find("dlq " + verb + " --bootstrap");
  std::istringstream line(out.substr(begin, out.find('\n', begin) - begin));
  std::vector<std::string> words;
  for (std::string word; line >> word;) words.push_back(word);
  return words;
}

TEST(Demo, KeptUpItsDeadLettersCanBeListedShownAndReplayedAsItSays) {
  const ScratchDir folder;
  test::Process demo({"demo", "--messages", "3000", "--keep"}, folder.path());
  ASSERT_TRUE(demo.wait_for_stdout("list shows it")) << demo.out() << demo.err();
  const auto run = [&](const std::string& verb) {
    return test::tidegate(words_after(demo.out(), verb), folder.path());
  };
  const auto listed = [&](const std::string& count) {
    const test::Ended ended = run("list");
    return ended.out.find("tidegate-demo.dlq  " + count + "  ") != std::string::npos;
  };
  EXPECT_TRUE(listed("3")) << run("list").out << run("list").err;
  EXPECT_NE(run("show").out.find("flaky: fail"), std::string::npos);
  const test::Ended replayed = test::tidegate(
      words_after(demo.out().substr(demo.out().find("--dry-run\n")), "replay"), folder.path());
  EXPECT_EQ(replayed.exit_code, 0) << replayed.err;
  EXPECT_NE(replayed.out.find("tidegate-demo.dlq: replayed 3\n"), std::string::npos);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  bool again = false;
  while (!again && std::chrono::steady_clock::now() < until) again = listed("6");
  EXPECT_TRUE(again) << "what is replayed is handled, and fails again";
  demo.signal(SIGINT);
  const test::Ended ended = demo.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
}

TEST(Demo, RunsAPluginOfOnesOwnWithoutConfiguration) {
  const ScratchDir folder;
  const std::string plugin = (test::build_dir() / "plugins" / "noop.so").string();
  const test::Ended ended =
      test::tidegate({"demo", "--messages", "1000", "--plugin", plugin}, folder.path());
  EXPECT_EQ(ended.exit_code, 0) << ended.out << ended.err;
  EXPECT_EQ(ended.out.find("[pipelines.demo.plugin.config]"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("consumed 1,000 = ok 1,000 + retried 0 +"), std::string::npos);
  EXPECT_NE(ended.out.find("state_dir = \"" + std::filesystem::temp_directory_path().string()),
            std::string::npos)
      << "nothing of it is to stay behind";
}

TEST(Demo, IsRefusedWithoutItsPlugin) {
  const ScratchDir folder;
  const test::Ended ended = test::tidegate({"demo", "--plugin", "missing.so"}, folder.path());
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_NE(ended.err.find("missing.so"), std::string::npos) << ended.err;
}

TEST(Demo, TellsThatTheBrokersWereNotReached) {
  const ScratchDir folder;
  const test::Ended ended = test::tidegate({"demo", "--bootstrap", "127.0.0.1:1"}, folder.path());
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_NE(ended.err.find("127.0.0.1:1"), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace tidegate
