// SPDX-License-Identifier: Apache-2.0
//
// Whether a client has sent a transaction's request that was never answered. librdkafka sends such
// a request again by itself and then reports success; but the first one may still be on its way and
// end, or change, a later transaction of the same producer (KIP-890). Thread rule: watch before the
// client is made; the rest is [any].
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>

namespace tidegate {

class LostAnswers {
 public:
  LostAnswers() = default;
  LostAnswers(const LostAnswers&) = delete;
  LostAnswers& operator=(const LostAnswers&) = delete;

  // The client made from this configuration is watched. This outlives it.
  void watch(rd_kafka_conf_t* conf);
  // An answer to one of a transaction's requests is missing: no other transaction may begin.
  [[nodiscard]] bool in_transaction() const { return transaction_.load(std::memory_order_acquire); }
  // One to the request for a producer's id: when it arrives, it fences this producer.
  [[nodiscard]] bool at_beginning() const { return beginning_.load(std::memory_order_acquire); }

 private:
  static rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t* conf, void* opaque,
                                    char* error, std::size_t room);
  static rd_kafka_resp_err_t on_answer(rd_kafka_t* client, int socket, const char* broker,
                                       std::int32_t broker_id, std::int16_t api_key,
                                       std::int16_t version, std::int32_t correlation_id,
                                       std::size_t size, std::int64_t round_trip,
                                       rd_kafka_resp_err_t error, void* opaque);

  std::atomic<bool> transaction_{false};
  std::atomic<bool> beginning_{false};
};

}  // namespace tidegate
