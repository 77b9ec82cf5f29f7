// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/swap_thread.hpp"

#include <latch>

#include "tests/fakes/look_again.hpp"
#include "tests/unit/handle/swap/hot_swap_fixture.hpp"

namespace tidegate {
namespace {

constexpr auto kLong = std::chrono::seconds(20);

// Whose new versions are ready when the test says so.
class SlowSource final : public PluginSource {
 public:
  PluginFacts read(const config::Plugin& plugin) override { return files.read(plugin); }
  void prove(const config::Plugin& plugin, const PluginFacts& facts) override {
    files.prove(plugin, facts);
  }
  std::unique_ptr<Generation> make(std::uint32_t number, const PluginFacts& facts,
                                   const config::Plugin& plugin) override {
    if (number > 1) {
      begun.count_down();
      go_on.wait();
    }
    return files.make(number, facts, plugin);
  }
  fakes::FakeSource files{1};
  std::latch begun{1};
  std::latch go_on{1};
};

class SwapThreadTest : public ::testing::Test {
 protected:
  SwapThreadTest() {
    source.files.file = "1.1";
    thread.start();
  }
  ~SwapThreadTest() override {
    thread.request_stop();
    EXPECT_TRUE(thread.wait_stopped(system_clock().now() + kLong));
  }

  const config::Pipeline pipeline = swap_pipeline();
  SlowSource source;
  DeadLetterLimiter limiter{0.5, 0};
  SlotPool pool{source.make(1, fakes::facts("1.0"), pipeline.plugin), system_clock()};
  HotSwap swap{pipeline, fakes::facts("1.0"), pool, source, limiter, system_clock()};
  SwapThread thread{swap};
};

TEST_F(SwapThreadTest, AnswersRequestsOneAfterTheOther) {
  source.go_on.count_down();
  auto first = thread.reload({}, HotSwap::Proof::needed);
  auto second = thread.reload({}, HotSwap::Proof::needed);
  EXPECT_EQ(first.get().what, metrics::PluginReload::swapped);
  EXPECT_EQ(second.get().what, metrics::PluginReload::unchanged);
}

TEST_F(SwapThreadTest, AProofIsGoodForTheReloadBehindIt) {
  source.go_on.count_down();
  auto proof = thread.prove({});
  auto reload = thread.reload({}, HotSwap::Proof::made);
  EXPECT_EQ(proof.get().what, metrics::PluginReload::unchanged);
  EXPECT_EQ(reload.get().what, metrics::PluginReload::swapped);
  EXPECT_EQ(source.files.proofs, 1);
}

TEST_F(SwapThreadTest, LooksAfterAVersionOnProbation) {
  source.go_on.count_down();
  ASSERT_EQ(thread.reload({}, HotSwap::Proof::needed).get().what, metrics::PluginReload::swapped);
  source.files.lives.back()->worker->counted.count_calls(ErrorKind::exception, 50);
  // Requests are served between its looks, so the answers show that it looks by itself.
  source.files.file = "1.0";
  const MonotonicTime deadline = system_clock().now() + kLong;
  while (pool.plugin().get()->version != "1.0" && system_clock().now() < deadline)
    fakes::look_again();
  EXPECT_EQ(pool.plugin().get()->generation, 3U);
}

TEST_F(SwapThreadTest, AStopWaitsForWhatIsUnderWayAndRefusesTheRest) {
  auto under_way = thread.reload({}, HotSwap::Proof::needed);
  source.begun.wait();
  auto queued = thread.reload({}, HotSwap::Proof::needed);
  thread.request_stop();
  EXPECT_FALSE(thread.wait_stopped(system_clock().now()));
  const ReloadResult late = thread.reload({}, HotSwap::Proof::needed).get();
  EXPECT_EQ(late.what, metrics::PluginReload::refused);
  source.go_on.count_down();
  EXPECT_EQ(under_way.get().what, metrics::PluginReload::swapped);
  EXPECT_EQ(queued.get().what, metrics::PluginReload::refused);
}

}  // namespace
}  // namespace tidegate
