// SPDX-License-Identifier: Apache-2.0
//
// A worker that writes into the shared memory what none of ours does. The test does it in its
// place, while the process is stopped.
#include "host/handle/worker/worker_life.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "host/handle/plugin/plugin_library.hpp"
#include "tests/unit/handle/plugin/plugin_files.hpp"

namespace tidegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class WorkerLifeTest : public testing::Test {
 protected:
  WorkerLifeTest() : log_("orders", "plain", "1"), life_(setup(), {60s, 60s}, {log_, metrics_}) {
    tend_until([this] { return life_.state() != WorkerLife::State::starting; });
    EXPECT_EQ(life_.state(), WorkerLife::State::ready);
  }
  WorkerSetup setup() {
    config::Plugin plugin;
    plugin.path = test_plugin("plain");
    const PluginFacts facts = prepare_plugin(plugin, scratch_.path() / "state");
    WorkerSetup setup;
    setup.pipeline = "orders";
    setup.library = facts.copy.string();
    setup.sha256 = facts.sha256;
    setup.config_json = "{}";
    return setup;
  }
  template <class Condition>
  void tend_until(Condition condition) {
    const MonotonicTime deadline = system_clock().now() + 60s;
    while (!condition()) {
      ASSERT_LT(system_clock().now(), deadline);
      std::vector<pollfd> descriptors;
      life_.add_descriptors(descriptors);
      (void)::poll(descriptors.data(), descriptors.size(), 10);
      life_.tend(system_clock().now());
    }
  }

  const ScratchFolder scratch_;
  PluginMetrics metrics_;
  HostPluginLog log_;
  WorkerLife life_;
};

TEST_F(WorkerLifeTest, AnswerToWhatWasNotAskedEndsTheWorkerAndBlamesTheExchange) {
  ::kill(life_.pid(), SIGSTOP);
  ASSERT_EQ(::waitpid(life_.pid(), nullptr, WUNTRACED), life_.pid()) << "it has stopped";
  ASSERT_TRUE(life_.begin(0, 3));
  life_.memory().link(0).reply.ring(77);
  std::atomic<bool> done{false};
  WorkerLife::Awaited awaited{};
  std::jthread slot([&] {
    awaited = life_.await(0);
    done = true;
  });
  tend_until([&] { return done.load(); });
  EXPECT_EQ(awaited, WorkerLife::Awaited::ended);
  const SlotEnding ending = life_.ending(0);
  EXPECT_FALSE(ending.answers_valid);
  EXPECT_EQ(ending.calling.count, 3U);
  EXPECT_THAT(ending.reason, HasSubstr("wrote what cannot be"));
}

}  // namespace
}  // namespace tidegate
