// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/hot_swap.hpp"

#include <fstream>

#include "host/app/scratch_dir.hpp"
#include "tests/unit/handle/swap/hot_swap_fixture.hpp"

namespace tidegate {
namespace {

TEST_F(HotSwapTest, PutsTheNewVersionInAndEndsTheOldOne) {
  const ReloadResult result = deploy("1.1");
  EXPECT_EQ(result.what, What::swapped);
  EXPECT_EQ(result.before->version, "1.0");
  EXPECT_EQ(result.version->version, "1.1");
  EXPECT_EQ(result.version->generation, 2U);
  EXPECT_EQ(result.old_still, 0U);
  EXPECT_EQ(version(), "1.1");
  EXPECT_TRUE(source.lives[0]->ended);
  EXPECT_FALSE(source.lives[1]->ended);
  EXPECT_EQ(told().last_reload, "orders 1.1 was swapped in for 1.0");
}

TEST_F(HotSwapTest, TheSameContentIsUnchanged) {
  EXPECT_EQ(deploy("1.0").what, What::unchanged);
  EXPECT_EQ(source.lives.size(), 1U) << "no second instance of it is made";
  EXPECT_EQ(told().generation, 1U);
  EXPECT_EQ(count(What::unchanged), 1U);
}

TEST_F(HotSwapTest, TheSameContentWithAnotherConfigurationIsSwappedIn) {
  config::Plugin plugin = pipeline.plugin;
  plugin.config_json = R"({"table":"orders"})";
  source.file = "1.0";
  EXPECT_EQ(swap.reload(plugin).what, What::swapped);
  EXPECT_EQ(source.lives[1]->config_json, plugin.config_json);
  EXPECT_EQ(swap.reload().what, What::unchanged) << "and stays what is wanted";
}

TEST_F(HotSwapTest, WhatCannotBeRunLeavesTheOldVersionInPlace) {
  EXPECT_EQ(deploy("").what, What::refused);
  source.proof_fails = "1.1";
  EXPECT_EQ(deploy("1.1").what, What::refused);
  source.does_not_start = "1.2";
  const ReloadResult result = deploy("1.2");
  EXPECT_EQ(result.what, What::refused);
  EXPECT_NE(result.problem.find("no database"), std::string::npos) << result.problem;
  EXPECT_EQ(result.version->version, "1.0");
  EXPECT_EQ(version(), "1.0");
  EXPECT_FALSE(source.lives[0]->ended);
  EXPECT_EQ(count(What::refused), 3U);
  EXPECT_EQ(told().load_failures.at("not_found"), 1U);
  EXPECT_EQ(told().load_failures.at("load_failed"), 1U);
  EXPECT_EQ(told().load_failures.at("create_failed"), 1U);
}

TEST_F(HotSwapTest, AProofChangesNothingAndIsNotMadeTwice) {
  source.file = "1.1";
  EXPECT_EQ(swap.prove(std::nullopt).what, What::unchanged);
  EXPECT_EQ(version(), "1.0");
  EXPECT_EQ(source.lives.size(), 1U);
  EXPECT_EQ(swap.reload(std::nullopt, HotSwap::Proof::made).what, What::swapped);
  EXPECT_EQ(source.proofs, 1);
}

TEST_F(HotSwapTest, AProofIsOfTheContentAndForTheNextReloadOnly) {
  source.file = "1.1";
  (void)swap.prove(std::nullopt);
  source.file = source.proof_fails = "1.2";
  EXPECT_EQ(swap.reload(std::nullopt, HotSwap::Proof::made).what, What::refused);
  source.file = source.proof_fails = "1.1";
  EXPECT_EQ(swap.reload(std::nullopt, HotSwap::Proof::made).what, What::refused);
}

TEST_F(HotSwapTest, WhatFailsItsProofIsCountedAsRefused) {
  source.file = source.proof_fails = "1.1";
  const ReloadResult result = swap.prove(std::nullopt);
  EXPECT_EQ(result.what, What::refused);
  EXPECT_NE(result.problem.find("it aborts"), std::string::npos) << result.problem;
  EXPECT_EQ(count(What::refused), 1U);
  EXPECT_EQ(version(), "1.0");
}

TEST_F(HotSwapTest, TheNumberOfGenerationsIsBounded) {
  for (std::uint32_t i = 2; i <= HotSwap::kMostGenerations; ++i)
    ASSERT_EQ(deploy(i % 2 == 0 ? "1.1" : "1.0").what, What::swapped) << i;
  const ReloadResult result = deploy("1.0");
  EXPECT_EQ(result.what, What::refused);
  EXPECT_NE(result.problem.find("restart the host"), std::string::npos) << result.problem;
  EXPECT_EQ(told().load_failures.at("too_many_generations"), 1U);
}

TEST_F(HotSwapTest, CountsGoOnOverASwap) {
  calls(7, 1);
  (void)deploy("1.1");
  calls(5, 0);
  metrics::PipelineSnapshot snapshot;
  pool.add_to(snapshot);
  EXPECT_EQ(snapshot.handler_calls[static_cast<std::size_t>(ErrorKind::none)], 12U);
  EXPECT_EQ(snapshot.handler_calls[static_cast<std::size_t>(ErrorKind::returned_false)], 1U);
}

TEST(HotSwap, AWatchedFileIsSwappedInWhenItIsWholeAndTriedOnce) {
  const ScratchDir folder;
  config::Pipeline pipeline = swap_pipeline();
  pipeline.plugin.path = folder.path() / "orders.so";
  pipeline.plugin.watch = true;
  fakes::FakeClock clock;
  fakes::FakeSource source{1};
  DeadLetterLimiter limiter{0.5, 0};
  SlotPool pool{source.make(1, fakes::facts("1.0"), pipeline.plugin), clock};
  HotSwap swap{pipeline, fakes::facts("1.0"), pool, source, limiter, clock};
  const auto a_second_later = [&] {
    clock.advance(FileWatch::kBetweenLooks);
    swap.tick();
    return pool.plugin().get()->version;
  };
  source.file = "1.1";
  std::ofstream(pipeline.plugin.path) << "1.1";
  EXPECT_EQ(a_second_later(), "1.0");
  EXPECT_EQ(a_second_later(), "1.1");

  // It is worse, and the file stays: it is not tried again.
  source.lives.back()->worker->counted.count_calls(ErrorKind::exception, 50);
  EXPECT_EQ(a_second_later(), "1.0");
  EXPECT_EQ(a_second_later(), "1.0");
  EXPECT_EQ(a_second_later(), "1.0");

  source.file = "1.2";
  std::ofstream(pipeline.plugin.path) << "1.2 is longer";
  (void)a_second_later();
  EXPECT_EQ(a_second_later(), "1.2");
}

}  // namespace
}  // namespace tidegate
