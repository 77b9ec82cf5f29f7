// SPDX-License-Identifier: Apache-2.0
//
// The state of a consumer that has no brokers, for the tests of one part of it: what is asked of
// its client fails. Thread rule: one thread.
#pragma once

#include <utility>

#include "host/consume/consumer_state.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_slot.hpp"

namespace tidegate::fakes {

inline kafka::Client lonely_client() {
  char text[256];
  kafka::Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "group.id", "g", text, sizeof text);
  return kafka::Client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.release(), text, sizeof text));
}

struct LonelyConsumer {
  explicit LonelyConsumer(config::Pipeline config = {}, Reads reads = Reads::sources)
      : pipeline(std::move(config)), state{pipeline, 0,     reads, clock,   lonely_client(),
                                           {},       queue, home,  limiter, pause} {}

  FakeClock clock;
  FakeHome home;
  ReadyQueue queue;
  DeadLetterLimiter limiter{1, 0};
  PauseSwitch pause{1};
  config::Pipeline pipeline;
  ConsumerState state;
};

}  // namespace tidegate::fakes
