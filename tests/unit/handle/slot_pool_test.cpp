// SPDX-License-Identifier: Apache-2.0
//
// Slots with real threads that change generations while messages flow. Plain members of lanes and
// instances are what ThreadSanitizer looks at.
#include "host/handle/slot_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "host/handle/slot.hpp"
#include "tests/fakes/fake_messages.hpp"

namespace tidegate {
namespace {

constexpr auto kLong = std::chrono::seconds(60);
constexpr std::size_t kLanes = 6;
constexpr std::uint32_t kSlots = 3;

// A lane's own memory: nobody guards it but the rule that a lane has one call at a time.
struct TestLane {
  std::int64_t last = -1;
  std::int64_t disorder = 0;
};

struct World {
  std::array<TestLane, kLanes> lanes;
  std::atomic<int> alive{0};        // instances
  std::atomic<int> overlapping{0};  // calls on an instance beside another one, or after its end
  std::atomic<std::latch*> hold{nullptr};  // the next call waits for it
  std::latch* held = nullptr;
};

struct Instance {
  World& world;
  int calls = 0;  // plain: two calls at once are a race
  bool inside = false;
  explicit Instance(World& the_world) : world(the_world) { ++world.alive; }
  ~Instance() { --world.alive; }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
};

tidegate_status handle(void* self, const tidegate_message* message, tidegate_result*) {
  auto& instance = *static_cast<Instance*>(self);
  if (std::exchange(instance.inside, true)) ++instance.world.overlapping;
  ++instance.calls;
  auto& lane = instance.world.lanes[static_cast<std::size_t>(message->partition)];
  if (message->offset != lane.last + 1) ++lane.disorder;
  lane.last = message->offset;
  if (std::latch* const hold = instance.world.hold.exchange(nullptr)) {
    instance.world.held->count_down();
    hold->wait();
  }
  instance.inside = false;
  return TIDEGATE_OK;
}

class TestIsolation final : public Isolation {
 public:
  explicit TestIsolation(World& world) {
    for (std::uint32_t i = 0; i < kSlots; ++i)
      instances_.push_back(std::make_unique<Instance>(world));
  }
  std::vector<std::unique_ptr<ChunkWorker>> make_slots() override {
    std::vector<std::unique_ptr<ChunkWorker>> slots;
    for (const auto& instance : instances_)
      slots.push_back(std::make_unique<Slot>(kTable, instance.get(), policy_, system_clock()));
    return slots;
  }
  [[nodiscard]] std::uint32_t batch_messages() const override { return 1; }

 private:
  static constexpr tidegate_plugin kTable{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};
  const CallPolicy policy_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

std::unique_ptr<Generation> generation(std::uint32_t number, World& world) {
  PluginFacts facts;
  facts.identity.name = "orders";
  facts.identity.version = std::to_string(number);
  return std::make_unique<Generation>(number, facts, std::make_unique<TestIsolation>(world));
}

// The other side of the slots: gives each lane its next chunk when the last one is back.
class Lanes final : public ChunkReturn {
 public:
  static constexpr std::int64_t kOfChunk = 5;
  static constexpr std::int64_t kEndless = std::int64_t{1} << 40;

  // messages: of each lane, at most.
  Lanes(SlotPool& pool, std::int64_t messages) : pool_(pool), messages_(messages) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      auto source = std::make_shared<PartitionSource>();
      source->topic = "orders";
      source->partition = Partition{static_cast<std::int32_t>(lane)};
      chunks_[lane].source = source;
      chunks_[lane].home = this;
    }
  }
  void give_back(Chunk& chunk) noexcept override {
    {
      const MutexLock lock(mutex_);
      chunk.next = std::exchange(back_, &chunk);
    }
    changed_.notify_all();
  }
  // Until every lane has had its messages, or has its last chunk back after stop().
  void run() {
    for (Chunk& chunk : chunks_) refill(chunk, 0);
    for (std::size_t done = 0; done < kLanes;) {
      for (Chunk* chunk = take(); chunk != nullptr;) {
        Chunk* const next = chunk->next;
        if (!settle(*chunk)) lane_is_done(++done);
        chunk = next;
      }
    }
  }
  void stop() { stopping_ = true; }
  [[nodiscard]] std::int64_t handled() const { return handled_; }
  [[nodiscard]] bool wait_handled(std::int64_t at_least) {
    const MutexLock lock(mutex_);
    return changed_.wait_until(mutex_, system_clock().now() + kLong,
                               [&] { return handled_ >= at_least; });
  }
  [[nodiscard]] bool wait_done(std::size_t lanes) {
    const MutexLock lock(mutex_);
    return changed_.wait_until(mutex_, system_clock().now() + kLong,
                               [&]() TIDEGATE_REQUIRES(mutex_) { return done_ >= lanes; });
  }

 private:
  // Whether its lane goes on.
  bool settle(Chunk& chunk) {
    (void)chunk.close();  // a turn that took long left some unclaimed
    const std::int64_t following = chunk.items.front().offset.value + chunk.claimed();
    handled_ += chunk.claimed();
    EXPECT_NE(chunk.plugin, nullptr);
    if (following >= messages_ || stopping_) return false;
    refill(chunk, following);
    return true;
  }
  void lane_is_done(std::size_t done) {
    {
      const MutexLock lock(mutex_);
      done_ = done;
    }
    changed_.notify_all();
  }
  void refill(Chunk& chunk, std::int64_t first) {
    chunk.items = fakes::run(first, std::min(kOfChunk, messages_ - first));
    chunk.open();
    pool_.queue().push(chunk);
  }
  Chunk* take() {
    const MutexLock lock(mutex_);
    const bool any =
        changed_.wait_until(mutex_, system_clock().now() + kLong,
                            [this]() TIDEGATE_REQUIRES(mutex_) { return back_ != nullptr; });
    if (!any) throw std::runtime_error("no chunk came back");
    return std::exchange(back_, nullptr);
  }

  SlotPool& pool_;
  const std::int64_t messages_;
  std::array<Chunk, kLanes> chunks_;
  std::atomic<std::int64_t> handled_{0};
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  CondVar changed_;
  Chunk* back_ TIDEGATE_GUARDED_BY(mutex_) = nullptr;
  std::size_t done_ TIDEGATE_GUARDED_BY(mutex_) = 0;
};

TEST(SlotPool, FiveHundredSwapsUnderLoadLoseNothingAndKeepEveryLaneInOrder) {
  constexpr std::uint32_t kSwaps = 500;
  World world;
  SlotPool pool(generation(1, world), system_clock());
  pool.start();
  Lanes lanes(pool, Lanes::kEndless);
  std::jthread feeder([&] { lanes.run(); });
  std::jthread scraper([&](const std::stop_token& stop) {
    std::uint64_t last = 0;
    while (!stop.stop_requested()) {
      metrics::PipelineSnapshot snapshot;
      pool.add_to(snapshot);
      EXPECT_GE(snapshot.handler_calls[0], last) << "a swap must not take counts back";
      last = snapshot.handler_calls[0];
    }
  });
  for (std::uint32_t i = 2; i < kSwaps + 2; ++i) {
    EXPECT_TRUE(lanes.wait_handled(lanes.handled() + 20));
    pool.put_in(generation(i, world));
    EXPECT_EQ(pool.end_old(system_clock().now() + kLong), 0U);
    EXPECT_EQ(world.alive, static_cast<int>(kSlots));
  }
  lanes.stop();
  feeder.join();
  scraper.request_stop();
  scraper.join();
  pool.join();
  metrics::PipelineSnapshot snapshot;
  pool.add_to(snapshot);
  EXPECT_EQ(snapshot.handler_calls[0], static_cast<std::uint64_t>(lanes.handled()));
  std::int64_t in_lanes = 0;
  for (const TestLane& lane : world.lanes) {
    EXPECT_EQ(lane.disorder, 0) << "lost, repeated or out of order";
    in_lanes += lane.last + 1;
  }
  EXPECT_EQ(in_lanes, lanes.handled());
  EXPECT_EQ(world.overlapping, 0);
}

TEST(SlotPool, ACallThatLastsKeepsItsGenerationAndNoOtherLaneWaitsForIt) {
  World world;
  std::latch hold{1};
  std::latch held{1};
  SlotPool pool(generation(1, world), system_clock());
  world.hold = &hold;
  world.held = &held;
  pool.start();
  Lanes lanes(pool, Lanes::kOfChunk);
  std::jthread feeder([&] { lanes.run(); });
  held.wait();
  pool.put_in(generation(2, world));
  EXPECT_TRUE(lanes.wait_done(kLanes - 1));
  EXPECT_EQ(pool.end_old(system_clock().now()), 1U);
  EXPECT_EQ(world.alive, static_cast<int>(2 * kSlots)) << "its instances are still there";
  EXPECT_EQ(pool.running().size(), 1U) << "and its call is still seen";
  hold.count_down();
  feeder.join();
  EXPECT_EQ(pool.end_old(system_clock().now() + kLong), 0U);
  EXPECT_EQ(world.alive, static_cast<int>(kSlots));
  EXPECT_EQ(pool.plugin().get()->generation, 2U);
}

}  // namespace
}  // namespace tidegate
