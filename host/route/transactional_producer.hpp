// SPDX-License-Identifier: Apache-2.0
//
// A producer whose messages and positions become visible together or not at all. It turns
// librdkafka's errors into the four things a caller can do about them. Thread rule: [transaction]
// of the owning consumer; all calls block.
#pragma once

#include <chrono>
#include <string>

#include "host/route/producer.hpp"

namespace tidegate {

class TransactionalProducer {
 public:
  struct Result {
    enum class Kind : std::uint8_t {
      done,
      abort,   // the transaction cannot be committed; abort() it
      unsure,  // nobody knows how it ended or whether the producer goes on: make a new one
      fenced,  // another producer of the same transactional.id was made, or the broker gave it up
    };
    Kind kind = Kind::done;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string error;  // librdkafka's name and reason; empty when done
    [[nodiscard]] bool ok() const { return kind == Kind::done; }
  };

  // properties: with a transactional.id. Throws std::runtime_error with librdkafka's reason.
  TransactionalProducer(const kafka::Properties& properties, DeliveryReports& reports);
  // Gives up what is outstanding; each is reported.
  ~TransactionalProducer();

  // Ends what a predecessor of the same id left, and fences it. Once, first of all.
  [[nodiscard]] Result init(std::chrono::milliseconds patience);
  [[nodiscard]] Result begin();
  [[nodiscard]] Result send_positions(const rd_kafka_topic_partition_list_t* positions,
                                      const rd_kafka_consumer_group_metadata_t* group,
                                      std::chrono::milliseconds patience);
  // Everything is sent and acknowledged first. `unsure` also where time ran out.
  [[nodiscard]] Result commit(std::chrono::milliseconds patience);
  [[nodiscard]] Result abort(std::chrono::milliseconds patience);

  // What was asked of the brokers without an answer may reach them at any later time.
  [[nodiscard]] const ProducerAnswers& answers() const { return producer_.answers(); }

  // For sending; what is sent belongs to the transaction that has begun.
  [[nodiscard]] Producer& messages() { return producer_; }

 private:
  Producer producer_;
};

}  // namespace tidegate
