// SPDX-License-Identifier: Apache-2.0
//
// A dispatcher whose slots are the test. Thread rule: the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "host/dispatch/dispatcher.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_messages.hpp"
#include "tests/fakes/fake_slot.hpp"

namespace tidegate {

using config::Ordering;
using Offsets = std::vector<std::int64_t>;

class Dispatch : public ::testing::Test {
 protected:
  // Slots take chunks from here; a test that pops from an empty queue would hang, so it closes
  // first.
  void make(const DispatchPolicy& policy) { dispatcher.emplace(policy, queue, home); }

  std::shared_ptr<PartitionLanes> lanes(Ordering ordering) {
    auto made = std::make_shared<PartitionLanes>(ordering);
    made->topic = "t";
    return made;
  }
  void add(const std::shared_ptr<PartitionLanes>& to, std::vector<Item> run) {
    dispatcher->add(to, run, clock.now());
    dispatcher->flush(clock.now());
  }
  Chunk& next() { return *queue.pop(); }
  void finish(Chunk& chunk) {
    dispatcher->returned(chunk, clock.now());
    dispatcher->recycle(chunk);
    dispatcher->flush(clock.now());
  }

  fakes::FakeClock clock;
  fakes::FakeHome home;
  ReadyQueue queue;
  std::optional<Dispatcher> dispatcher;
};

}  // namespace tidegate
