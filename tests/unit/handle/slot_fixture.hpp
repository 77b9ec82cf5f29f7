// SPDX-License-Identifier: Apache-2.0
//
// A slot, a chunk and a plugin that is two functions of the test. Thread rule: the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "host/handle/slot.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_messages.hpp"
#include "tests/fakes/fake_slot.hpp"

namespace tidegate {

// What the plugin of a test answers; the instance that the table's functions get.
struct Answers {
  std::function<tidegate_status(const tidegate_message&, tidegate_result&)> one;
  std::function<tidegate_status(std::size_t, tidegate_status*)> batch;
  std::vector<std::int64_t> seen;  // offsets in the order of handle calls
};

inline tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  auto& answers = *static_cast<Answers*>(instance);
  answers.seen.push_back(message->offset);
  return answers.one(*message, *result);
}

inline tidegate_status handle_batch(void* instance, const tidegate_message* const*,
                                    std::size_t count, tidegate_status* statuses,
                                    tidegate_result* const*) {
  return static_cast<Answers*>(instance)->batch(count, statuses);
}

inline void say(tidegate_result& result, std::string_view reason) {
  result.reason_size =
      static_cast<std::uint32_t>(reason.copy(result.reason, result.reason_capacity));
}

class SlotTest : public ::testing::Test {
 protected:
  tidegate_plugin single{sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};
  tidegate_plugin batching{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, handle_batch, nullptr};
  Answers answers;
  CallPolicy policy;
  fakes::FakeClock clock;
  fakes::FakeHome home;
  Chunk chunk;

  // Whether the chunk says of a claimed message that it is ok.
  [[nodiscard]] bool is_ok(std::uint32_t index) const {
    const auto has = [index](const auto& list) {
      return std::any_of(list.begin(), list.end(),
                         [index](const auto& one) { return one.index == index; });
    };
    return !has(chunk.failures) && !has(chunk.emitted) &&
           std::find(chunk.unattempted.begin(), chunk.unattempted.end(), index) ==
               chunk.unattempted.end();
  }

  void fill(std::int64_t count) {
    chunk.source = std::make_shared<PartitionSource>();
    chunk.source->topic = "orders";
    chunk.home = &home;
    chunk.items = fakes::run(0, count);
    chunk.open();
  }
};

}  // namespace tidegate
