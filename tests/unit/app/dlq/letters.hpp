// SPDX-License-Identifier: Apache-2.0
//
// Dead letters for tests, read from a mock broker the way the tool reads them. Thread rule: one
// thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "host/app/dlq/reader.hpp"
#include "tests/fakes/mock_kafka.hpp"
#include "tests/fakes/topic_io.hpp"

namespace tidegate::dlq {

class Letters : public ::testing::Test {
 protected:
  static constexpr std::chrono::milliseconds kPatience{20'000};

  static void SetUpTestSuite() {
    kafka_ = std::make_unique<fakes::MockKafka>();
    kafka_->create_topic("g.dlq", 1);
  }
  static void TearDownTestSuite() { kafka_.reset(); }
  Letters() { target.bootstrap_servers = {kafka_->bootstrap()}; }

  // Writes it behind what is there, and reads it back.
  DeadLetter letter(const fakes::Draft& draft) {
    fakes::write(kafka_->bootstrap(), "g.dlq", 0, draft);
    ReadClient client(target, "g.dlq-replay", kPatience);
    Ranges last = *extent_of(client, "g.dlq");
    last[0].begin = last[0].end - 1;
    Reader reader(client, "g.dlq", last);
    while (!reader.done()) {
      auto found = reader.next(std::chrono::milliseconds(100));
      if (!found) continue;
      found->message.copy_out();  // it outlives the client
      return std::move(*found);
    }
    throw std::runtime_error("the dead letter was not read");
  }

  Target target;

 private:
  static inline std::unique_ptr<fakes::MockKafka> kafka_;
};

// Ours as the host writes them, for a message of orders/3@41.
inline fakes::HeaderList headers_of_a_dead_letter() {
  return {{"tidegate-attempt", "4"},
          {"tidegate-origin-topic", "orders"},
          {"tidegate-origin-partition", "3"},
          {"tidegate-origin-offset", "41"},
          {"tidegate-origin-timestamp-ms", "1600000000123"},
          {"tidegate-first-failure-ms", "1700000000456"},
          {"tidegate-error-kind", "exception"},
          {"tidegate-error", "no such order"},
          {"tidegate-pipeline", "billing"},
          {"tidegate-group", "g"},
          {"tidegate-plugin", "orders@1"},
          {"tidegate-replays", "1"}};
}

}  // namespace tidegate::dlq
