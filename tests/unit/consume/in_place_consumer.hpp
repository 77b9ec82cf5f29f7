// SPDX-License-Identifier: Apache-2.0
//
// A consumer with retries in place, without its client: the real lanes, slot, router, completions,
// tracker and books of one partition. Thread rule: the test's thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "host/consume/completions.hpp"
#include "host/consume/epoch_life.hpp"
#include "host/consume/outbox.hpp"
#include "host/handle/slot.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/lonely_consumer.hpp"

namespace tidegate {

class InPlaceConsumer {
 protected:
  InPlaceConsumer(config::Ordering ordering, std::vector<config::Milliseconds> delays,
                  const DispatchPolicy& dispatch, const std::string& topic)
      : pipeline(pipeline_of(ordering, std::move(delays))),
        state(pipeline, 0, Reads::sources, clock, fakes::lonely_client(), dispatch, slots,
              completions, limiter, pause) {
    policy.waits = CallPolicy::Waits::on_failure;
    epoch = begin_epoch(state, topic, Partition{0}, Position{0});
    (void)epoch->ownership.begin();
  }
  virtual ~InPlaceConsumer() = default;

  // The handler's, to one call.
  virtual tidegate_status answer(const tidegate_message& message) = 0;

  // One chunk goes through the slot, if there is one.
  void work() {
    if (state.dispatcher.chunks_out() == 0) return;
    slot.work(*slots.pop());
    settle_completions(state, completions, outbox);
    state.dispatcher.flush(clock.now());
  }
  // The end of every test: of a derived class, whose answer() it may need.
  void end() {
    while (state.dispatcher.chunks_out() > 0) work();
    lose_epoch(state, *epoch);
  }

  config::Pipeline pipeline;
  CallPolicy policy;
  fakes::FakeClock clock;
  Wakeup wakeup;
  CompletionQueue completions{wakeup};
  ReadyQueue slots;
  DeadLetterLimiter limiter{1, 0};
  PauseSwitch pause{1};
  ConsumerState state;
  Outbox outbox{state, {"p", "g"}, wakeup};
  const tidegate_plugin table{
      sizeof(tidegate_plugin), 0, nullptr, nullptr, handle, nullptr, nullptr};
  Slot slot{table, this, policy, clock};
  PartitionEpochPtr epoch;

 private:
  static config::Pipeline pipeline_of(config::Ordering ordering,
                                      std::vector<config::Milliseconds> delays) {
    config::Pipeline pipeline;
    pipeline.name = "p";
    pipeline.group_id = "g";
    pipeline.ordering = ordering;
    pipeline.retry.mode = config::RetryMode::in_place;
    pipeline.retry.max_retries = -1;
    pipeline.retry.delays = std::move(delays);
    pipeline.dead_letter.enabled = false;
    return pipeline;
  }
  static tidegate_status handle(void* self, const tidegate_message* message, tidegate_result*) {
    return static_cast<InPlaceConsumer*>(self)->answer(*message);
  }
};

}  // namespace tidegate
