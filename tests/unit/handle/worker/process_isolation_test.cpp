// SPDX-License-Identifier: Apache-2.0
//
// The start of a worker process: until when it must be ready, what is said where it is not, and
// which limits it has; and that it gets the headers of messages. The worker is this executable once
// more (tests/unit/main.cpp).
#include "host/handle/worker/process_isolation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "host/base/clock.hpp"
#include "tests/fakes/fake_slot.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;

class ProcessIsolationTest : public testing::Test {
 protected:
  ProcessIsolationTest() {
    pipeline_.name = "orders";
    pipeline_.concurrency = 1;
    pipeline_.plugin.config_json = "{}";
    pipeline_.plugin.probe_timeout = 60s;
  }
  std::unique_ptr<ProcessIsolation> start(const std::string& plugin) {
    pipeline_.plugin.path = test_plugin(plugin);
    const auto state_dir = scratch_.path() / "state";
    return std::make_unique<ProcessIsolation>(prepare_plugin(pipeline_.plugin, state_dir),
                                              pipeline_, metrics_, system_clock());
  }
  // The soft limit of core files of a process, and the hard one, as /proc words them.
  static std::pair<std::string, std::string> core_limits(const std::string& process) {
    const std::string limits = read_file("/proc/" + process + "/limits");
    constexpr std::string_view kName = "Max core file size";
    std::istringstream words(limits.substr(limits.find(kName) + kName.size()));
    std::pair<std::string, std::string> found;
    words >> found.first >> found.second;
    return found;
  }
  // Its header says what its value is, but for one that is bare.
  static Item message(std::int64_t offset, std::string_view value) {
    Item made;
    made.offset = Offset{offset};
    made.message = kafka::HeldMessage::copy_of({}, value, 0);
    if (value == "bare") return made;
    rd_kafka_headers_t* const headers = rd_kafka_headers_new(1);
    (void)rd_kafka_header_add(headers, "is", -1, value.data(), static_cast<ssize_t>(value.size()));
    made.message.set_headers(headers);
    return made;
  }
  // Has the worker handle messages of these values, and returns which it did not find as they are.
  static std::vector<std::string_view> wrong(ChunkWorker& slot,
                                             const std::vector<std::string_view>& values) {
    fakes::FakeHome home;
    Chunk chunk;
    chunk.source = std::make_shared<PartitionSource>();
    chunk.home = &home;
    for (const std::string_view value : values)
      chunk.items.push_back(message(static_cast<std::int64_t>(chunk.items.size()), value));
    chunk.open();
    slot.work(chunk);
    EXPECT_TRUE(chunk.unattempted.empty());
    EXPECT_EQ(chunk.claimed(), values.size());
    std::vector<std::string_view> found;
    for (const Failure& failure : chunk.failures) found.push_back(values[failure.index]);
    return found;
  }
  static std::string worker_of(const ProcessIsolation& isolation) {
    return std::to_string(isolation.workers().pid);
  }

  const ScratchFolder scratch_;
  PluginMetrics metrics_;
  config::Pipeline pipeline_;
};

TEST_F(ProcessIsolationTest, WorkerHasProbeTimeoutToBecomeReady) {
  pipeline_.plugin.probe_timeout = 300ms;
  const MonotonicTime begin = system_clock().now();
  EXPECT_THAT(refused_text([&] { (void)start("create_hangs"); }),
              AllOf(StartsWith("create_failed"), HasSubstr("create_hangs.so"),
                    HasSubstr("not ready after plugin.probe_timeout (300ms)")));
  EXPECT_LT(system_clock().now() - begin, 60s);
}

TEST_F(ProcessIsolationTest, RefusalSaysHowTheWorkerEnded) {
  EXPECT_THAT(refused_text([&] { (void)start("ctor_aborts"); }),
              AllOf(HasSubstr("SIGABRT"), HasSubstr("before it was ready")));
}

TEST_F(ProcessIsolationTest, CoreFilesAreLeftOnlyWhereTheyAreWanted) {
  EXPECT_THAT(core_limits(worker_of(*start("plain"))), Pair("1", "1"));
  pipeline_.worker.core_dumps = true;
  const std::string most = core_limits("self").second;
  EXPECT_THAT(core_limits(worker_of(*start("plain"))), Pair(most, most));
}

TEST_F(ProcessIsolationTest, HeadersComeWhenTheyAreAskedForAndFromThenOnWithTheMessages) {
  const auto isolation = start("reads_headers");
  const auto slots = isolation->make_slots();
  // Of 50 messages at a time, soon: a run grows from one message on.
  std::vector<std::string_view> values(50, "blind");
  EXPECT_TRUE(wrong(*slots[0], values).empty()) << "nobody asks";
  values.insert(values.end(), {"bare", "a", "blind", "bc", "bare", "a"});
  EXPECT_TRUE(wrong(*slots[0], values).empty()) << "asked for in the middle of a run";
  EXPECT_TRUE(wrong(*slots[0], values).empty()) << "with the messages";
  EXPECT_EQ(isolation->workers().deaths, 0U);
}

}  // namespace
}  // namespace tidegate
