// SPDX-License-Identifier: Apache-2.0
//
// What a producer's requests were answered, as far as librdkafka keeps it to itself.
//
// Whether it has its id: an idempotent producer sends nothing before that, and asks for it half a
// second after it was made (rdkafka_idempotence.c). And whether a transaction's request was never
// answered: librdkafka sends such a request again and then reports success, but the first one may
// still be on its way and end, or change, a later transaction of the same producer (KIP-890).
// Thread rule: watch before the client is made; the rest is [any].
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <functional>

namespace tidegate {

class ProducerAnswers {
 public:
  ProducerAnswers() = default;
  ProducerAnswers(const ProducerAnswers&) = delete;
  ProducerAnswers& operator=(const ProducerAnswers&) = delete;

  // The client made from this configuration is watched. This outlives it. with_id: called when
  // has_id() becomes true, on a thread of the client.
  void watch(rd_kafka_conf_t* conf, std::function<void()> with_id);
  // The brokers have answered the request for its id, or refused it.
  [[nodiscard]] bool has_id() const { return has_id_.load(std::memory_order_acquire); }
  // An answer to one of a transaction's requests is missing: no other transaction may begin.
  [[nodiscard]] bool lost_in_transaction() const {
    return transaction_.load(std::memory_order_acquire);
  }
  // One to the request for a producer's id: when it arrives, it fences this producer.
  [[nodiscard]] bool lost_at_beginning() const {
    return beginning_.load(std::memory_order_acquire);
  }

 private:
  static rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t* conf, void* opaque,
                                    char* error, std::size_t room);
  static rd_kafka_resp_err_t on_answer(rd_kafka_t* client, int socket, const char* broker,
                                       std::int32_t broker_id, std::int16_t api_key,
                                       std::int16_t version, std::int32_t correlation_id,
                                       std::size_t size, std::int64_t round_trip,
                                       rd_kafka_resp_err_t error, void* opaque);

  std::function<void()> with_id_;
  std::atomic<bool> has_id_{false};
  std::atomic<bool> transaction_{false};
  std::atomic<bool> beginning_{false};
};

}  // namespace tidegate
