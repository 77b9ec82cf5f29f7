// SPDX-License-Identifier: Apache-2.0
//
// Copies and the progress behind them as one: what `dlq replay --exactly-once` writes is seen
// together with the position that says so, or not at all. Thread rule: one thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "host/app/dlq/client.hpp"
#include "host/base/clock.hpp"
#include "host/route/producer.hpp"

namespace tidegate::dlq {

// Another producer has taken over this one's transactional.id.
[[nodiscard]] bool is_shut_out(rd_kafka_resp_err_t error);
// What to say then.
inline constexpr const char* kShutOut = "another replay of this group has taken over; ";

class Transaction {
 public:
  // Both outlive it. producer: made with this transactional.id.
  Transaction(std::string id, const Producer& producer, const ReadClient& client)
      : id_(std::move(id)), producer_(producer), client_(client) {}
  // Aborts one that is open, so that readers of committed messages need not wait for its end.
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Ends what a killed predecessor left open, and shuts out one that still runs. Blocks. Until then
  // its positions are not known. Throws, as all below, std::runtime_error or Unreachable.
  void take_over();
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] MonotonicTime began() const { return began_; }
  void begin();
  // REQUIRES: all copies are acknowledged. The positions are those of the client's group. Throws
  // also where it is committed, but the producer must not begin another one (producer_answers.hpp).
  void commit(const rd_kafka_topic_partition_list_t& positions);

 private:
  template <class Call>
  void must(const char* what, Call call);
  [[nodiscard]] std::string cure_of(rd_kafka_resp_err_t error) const;

  const std::string id_;
  const Producer& producer_;
  const ReadClient& client_;
  bool open_ = false;
  MonotonicTime began_{};
};

}  // namespace tidegate::dlq
