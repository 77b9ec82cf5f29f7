// SPDX-License-Identifier: Apache-2.0
//
// The start of a worker process: until when it must be ready, what is said where it is not, and
// which limits it has. The worker is this executable once more (tests/unit/main.cpp).
#include "host/handle/worker/process_isolation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "host/base/clock.hpp"
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

}  // namespace
}  // namespace tidegate
