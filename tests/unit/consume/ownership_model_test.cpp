// SPDX-License-Identifier: Apache-2.0
//
// Random interleavings of poll, handle, finish, commit, revoke, drain, give up, lose, and a grant
// that comes while the partition still drains, with two members that have the real epochs, lanes,
// slots, completions, trackers and books. The group is a reference of a few lines: who owns a
// partition, what is committed, what was handled. Whatever the order: nothing is committed past an
// unhandled message, by one who does not own it, or back; no call starts for what drains; late
// results count nowhere; nothing is lost, and what comes twice was not committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "host/consume/committer.hpp"
#include "host/consume/completions.hpp"
#include "host/consume/epoch_life.hpp"
#include "host/consume/outbox.hpp"
#include "host/handle/slot.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_messages.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {
namespace {

constexpr int kPartitions = 3;
constexpr std::int64_t kMessages = 300;
constexpr int kNobody = -1;

// The group as the brokers see it.
struct Group {
  struct Part {
    int owner = kNobody;
    std::int64_t committed = 0;
    std::set<std::int64_t> handled;
    std::set<std::int64_t> may_repeat;  // handled, and not committed when an ownership ended
  };
  std::array<Part, kPartitions> parts;

  // Whether the brokers take it.
  bool commit(int member, int partition, std::int64_t position) {
    Part& part = parts[static_cast<std::size_t>(partition)];
    if (part.owner != member) return false;
    EXPECT_GE(position, part.committed) << "a position went back";
    for (std::int64_t offset = part.committed; offset < position; ++offset)
      EXPECT_TRUE(part.handled.count(offset)) << "committed past " << offset;
    part.committed = position;
    return true;
  }
};

class Member {
 public:
  Member(int number, Group& group, const config::Pipeline& pipeline, std::mt19937& random)
      : number_(number),
        group_(group),
        random_(random),
        state_(pipeline, 0, Reads::sources, clock_, fakes::lonely_client(),
               DispatchPolicy{.slots = 2, .max_chunks = 4}, slots_, completions_, limiter_,
               pause_) {}
  ~Member() {
    for (const auto& epoch : state_.partitions.all()) lose_epoch(state_, *epoch);
    while (state_.dispatcher.chunks_out() > 0) {
      work();
      settle();
    }
  }
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  [[nodiscard]] PartitionEpochPtr epoch(int partition) const {
    return state_.partitions.find("t", Partition{partition});
  }
  void begin(int partition) {
    const auto epoch =
        begin_epoch(state_, "t", Partition{partition}, Position{part(partition).committed});
    EXPECT_FALSE(epoch->ownership.reads()) << "its start is not known yet";
    EXPECT_TRUE(epoch->ownership.begin());
  }
  void poll(int partition, std::int64_t most) {
    const auto owned = epoch(partition);
    if (owned == nullptr || !owned->ownership.reads() || owned->in_flight > 40) return;
    const std::int64_t first = owned->tracker.next().value;
    most = std::min(most, kMessages - first);
    if (most <= 0) return;
    owned->tracker.add(Offset{first}, Offset{first + most - 1}, -1);
    owned->account.consume(static_cast<std::uint64_t>(most), 1);
    owned->in_flight += static_cast<std::uint64_t>(most);
    std::vector<Item> items;
    for (std::int64_t o = first; o < first + most; ++o)
      items.push_back(fakes::item(o, "k" + std::to_string(o % 5)));
    state_.dispatcher.add(owned, items, clock_.now());
    state_.dispatcher.flush(clock_.now());
  }
  // A slot's calls end; what they bring back is not settled yet.
  void work() {
    if (state_.dispatcher.chunks_out() == unsettled_) return;
    Chunk& chunk = *slots_.pop();
    running_ = std::static_pointer_cast<PartitionEpoch>(chunk.source);
    slot_.work(chunk);
    running_.reset();
    ++unsettled_;
  }
  void settle() {
    clock_.advance(std::chrono::milliseconds(3));
    settle_completions(state_, completions_, outbox_);
    unsettled_ = 0;
    state_.dispatcher.flush(clock_.now());
  }
  void commit(int partition) {
    const auto owned = epoch(partition);
    if (owned == nullptr || !owned->ownership.commits(Ownership::Covers::finished)) return;
    const Position target = committer_.target(*owned);
    if (target > owned->committed && group_.commit(number_, partition, target.value))
      owned->committed = target;
  }
  void drain(int partition) {
    if (const auto owned = epoch(partition)) stop_starting(state_, *owned);
  }
  void give_up(int partition) {
    const auto owned = epoch(partition);
    if (owned == nullptr) return;
    stop_starting(state_, *owned);
    commit(partition);
    const bool drained = owned->in_flight == 0;
    if (drained && state_.pipeline.ordering == config::Ordering::partition &&
        part(partition).owner == number_ && part(partition).may_repeat.empty()) {
      EXPECT_TRUE(part(partition).handled.empty() ||
                  *part(partition).handled.rbegin() < part(partition).committed)
          << "a whole drain leaves nothing to repeat";
    }
    give_up_epoch(state_, *owned);
    expect_over(*owned);
  }
  void lose(int partition) {
    const auto owned = epoch(partition);
    if (owned == nullptr) return;
    lose_epoch(state_, *owned);
    expect_over(*owned);
  }
  void expect_books_add_up() const {
    for (const auto& [topic, account] : state_.books.accounts()) {
      const auto& given = account.given_back;
      const auto& ended = account.finished;
      ASSERT_EQ(account.consumed,
                std::accumulate(ended.begin(), ended.end(), std::uint64_t{0}) +
                    std::accumulate(given.begin(), given.end(), std::uint64_t{0}) +
                    account.in_flight);
    }
  }
  [[nodiscard]] std::uint64_t in_flight() const { return state_.books.in_flight(); }

 private:
  Group::Part& part(int partition) { return group_.parts[static_cast<std::size_t>(partition)]; }
  void expect_over(const PartitionEpoch& epoch) const {
    EXPECT_FALSE(epoch.owned());
    EXPECT_EQ(epoch.in_flight, 0U);
    EXPECT_EQ(epoch.queued(), 0U);
  }
  static tidegate_status handle(void* self, const tidegate_message* message, tidegate_result*) {
    return static_cast<Member*>(self)->answer(*message);
  }
  tidegate_status answer(const tidegate_message& message) {
    EXPECT_TRUE(running_->ownership.reads()) << "a call started for what is given up";
    if (std::uniform_int_distribution<int>(0, 9)(random_) == 0) return TIDEGATE_FALSE;
    Group::Part& group_part = part(message.partition);
    const bool is_owner = group_part.owner == number_;
    const bool is_new = group_part.handled.insert(message.offset).second;
    // Who does not know yet that it has lost a partition goes on; its work may be done again.
    if (!is_owner && is_new) group_part.may_repeat.insert(message.offset);
    if (is_owner && !is_new) {
      EXPECT_EQ(group_part.may_repeat.erase(message.offset), 1U)
          << message.partition << "/" << message.offset << " came again, and was committed";
    }
    return TIDEGATE_OK;
  }

  const int number_;
  Group& group_;
  std::mt19937& random_;
  CallPolicy policy_{.waits = CallPolicy::Waits::on_failure};
  fakes::FakeClock clock_;
  Wakeup wakeup_;
  CompletionQueue completions_{wakeup_};
  ReadyQueue slots_;
  DeadLetterLimiter limiter_{1, 0};
  PauseSwitch pause_{1};
  ConsumerState state_;
  Committer committer_{state_};
  Outbox outbox_{state_, {"p", "g"}, wakeup_};
  const tidegate_plugin table_{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};
  Slot slot_{table_, this, policy_, clock_};
  std::uint64_t unsettled_ = 0;  // chunks whose calls have ended
  PartitionEpochPtr running_;
};

class OwnershipModel : public ::testing::TestWithParam<std::tuple<unsigned, config::Ordering>> {
 protected:
  OwnershipModel() : random(std::get<0>(GetParam())) {
    pipeline.name = "p";
    pipeline.group_id = "g";
    pipeline.ordering = std::get<1>(GetParam());
    pipeline.retry.mode = config::RetryMode::in_place;
    pipeline.retry.max_retries = -1;
    pipeline.retry.delays = {std::chrono::milliseconds(2)};
    pipeline.dead_letter.enabled = false;
    for (int m = 0; m < 2; ++m)
      members.push_back(std::make_unique<Member>(m, group, pipeline, random));
  }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }

  // The partition goes to a member, who begins where the group has committed.
  void grant(int partition, int to) {
    Group::Part& part = group.parts[static_cast<std::size_t>(partition)];
    for (const std::int64_t offset : part.handled)
      if (offset >= part.committed) part.may_repeat.insert(offset);
    part.owner = to;
    members[static_cast<std::size_t>(to)]->begin(partition);
  }
  void rebalance(int partition) {
    Group::Part& part = group.parts[static_cast<std::size_t>(partition)];
    Member* const owner =
        part.owner == kNobody ? nullptr : members[static_cast<std::size_t>(part.owner)].get();
    Member& other = *members[part.owner == 0 ? 1 : 0];
    const auto epoch = owner == nullptr ? nullptr : owner->epoch(partition);
    switch (below(6)) {
      case 0:
        if (owner != nullptr) owner->drain(partition);
        break;
      case 1:  // its time is over, whatever still runs
        if (epoch == nullptr || !epoch->ownership.draining()) break;
        owner->give_up(partition);
        grant(partition, below(2));
        break;
      case 2:  // granted again while it still drains
        if (epoch != nullptr && epoch->ownership.draining()) {
          grant(partition, part.owner);
          EXPECT_FALSE(epoch->owned());
          ++granted_again;
        }
        break;
      case 3:  // taken away; who had it learns that some time later
        if (owner == nullptr || below(4) > 0) break;
        other.lose(partition);
        grant(partition, part.owner == 0 ? 1 : 0);
        break;
      case 4:
        other.lose(partition);  // it learns what it has lost
        break;
      default:
        if (owner == nullptr) grant(partition, below(2));
    }
  }
  void step() {
    Member& member = *members[static_cast<std::size_t>(below(2))];
    const int partition = below(kPartitions);
    switch (below(8)) {
      case 0:
      case 1: member.poll(partition, 1 + below(12)); break;
      case 2:
      case 3: member.work(); break;
      case 4: member.settle(); break;
      case 5: member.commit(partition); break;
      default:
        if (below(3) == 0) rebalance(partition);
    }
    for (const auto& each : members) each->expect_books_add_up();
  }
  [[nodiscard]] bool all_committed() const {
    return std::all_of(group.parts.begin(), group.parts.end(),
                       [](const auto& part) { return part.committed == kMessages; });
  }

  std::mt19937 random;
  config::Pipeline pipeline;
  Group group;
  std::vector<std::unique_ptr<Member>> members;
  int granted_again = 0;
};

TEST_P(OwnershipModel, Invariant3_NothingIsLostAndNothingCommittedThatIsNotOursOrNotHandled) {
  constexpr int kWalk = 4000;
  constexpr int kMost = 1'000'000;
  for (int steps = 0; steps < kWalk && !HasFatalFailure(); ++steps) step();
  // Then the group is quiet: the ends are reached wherever the partitions are.
  for (int p = 0; p < kPartitions; ++p) {
    for (const auto& member : members) member->lose(p);
    grant(p, below(2));
  }
  for (int steps = 0; !all_committed() && !HasFatalFailure(); ++steps) {
    ASSERT_LT(steps, kMost) << "a partition stands still";
    Member& member = *members[static_cast<std::size_t>(below(2))];
    const int partition = below(kPartitions);
    member.poll(partition, 10);
    member.work();
    member.settle();
    member.commit(partition);
  }
  EXPECT_GT(granted_again, 0) << "else this shows nothing";
  for (const auto& part : group.parts)
    EXPECT_EQ(part.handled.size(), static_cast<std::size_t>(kMessages));
  for (const auto& member : members) EXPECT_EQ(member->in_flight(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Walks, OwnershipModel,
                         ::testing::Combine(::testing::Range(1U, 13U),
                                            ::testing::Values(config::Ordering::partition,
                                                              config::Ordering::key,
                                                              config::Ordering::none)));

}  // namespace
}  // namespace tidegate
