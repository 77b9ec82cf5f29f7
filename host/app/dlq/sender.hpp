// SPDX-License-Identifier: Apache-2.0
//
// Writes replayed dead letters and says which of them the brokers have acknowledged. Thread rule:
// one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/app/dlq/client.hpp"
#include "host/app/dlq/dead_letter.hpp"
#include "host/app/dlq/progress.hpp"
#include "host/base/wakeup.hpp"
#include "host/route/producer.hpp"

namespace tidegate::dlq {

class Sender final : public DeliveryReports {
 public:
  // transactional_id: empty for a plain idempotent producer. client and progress outlive it. Throws
  // std::runtime_error with librdkafka's reason; contacts no broker.
  Sender(const Target& target, const std::string& transactional_id, ReadClient& client,
         Progress& progress);
  ~Sender() override;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Sends a copy; blocks while too many are on their way. timestamp_ms: 0 for now. Throws
  // std::runtime_error where the brokers refuse this one or one before, or Unreachable.
  void send(DeadLetter letter, const std::string& topic, std::int32_t partition, Headers headers,
            std::int64_t timestamp_ms);
  // Takes reports; throws as send().
  void serve();
  // The same until the time given: how a replay keeps to its rate.
  void serve_until(MonotonicTime until);
  // Until all are acknowledged; throws as send().
  void finish();
  [[nodiscard]] std::size_t outstanding() const { return producer_->outstanding(); }
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] const Producer& producer() const { return *producer_; }

  // DeliveryReports
  void delivered(void* copy, rd_kafka_resp_err_t error) override;

 private:
  struct Copy {
    DeadLetter letter;
    std::string topic;
    std::int32_t partition;
    Headers headers;
    std::int64_t timestamp_ms;
  };
  void hand_over(std::unique_ptr<Copy> copy);
  void take_reports();
  void wait_for_reports();
  // librdkafka refuses a batch as a whole: which of its copies is too large shows when each is sent
  // by itself. Throws as send().
  void send_suspects();
  [[nodiscard]] std::string refusal(const Copy& copy, rd_kafka_resp_err_t error,
                                    const std::string& which) const;

  ReadClient& client_;
  Progress& progress_;
  Wakeup wakeup_;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t bytes_ = 0;  // lent to the producer
  const bool transactional_;
  std::vector<std::unique_ptr<Copy>> suspects_;  // refused as too large, maybe for a neighbour
  bool one_by_one_ = false;
  std::string refused_;    // why, of the first copy that was
  MonotonicTime heard_{};  // when a report came last, or when one began to be waited for
  std::unique_ptr<Producer> producer_;
};

}  // namespace tidegate::dlq
