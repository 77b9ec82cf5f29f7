// SPDX-License-Identifier: Apache-2.0
//
// The librdkafka properties that Tidegate sets by itself, and why. Where librdkafka's default is a
// trap the operator's value wins over ours; what the invariants rest on is not the operator's.
// Thread rule: constant data and pure functions, [any].
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/kafka/properties.hpp"

namespace tidegate::kafka {

enum class Owner : std::uint8_t {
  operator_may_change,
  host,  // host_owned() refuses it in a configuration
};

struct Default {
  std::string_view name;
  std::string_view value;
  Owner owner;
  std::string_view why;
};

// Those of a consumer, bootstrap.servers and group.id aside.
[[nodiscard]] std::span<const Default> consumer_defaults();

// The final properties of one consumer: ours, the operator's over them, the host's over all.
// group.instance.id, where set, gets the suffix -<consumer_index>.
[[nodiscard]] Properties consumer_properties(const std::vector<std::string>& bootstrap_servers,
                                             const std::string& group_id,
                                             const Properties& operators,
                                             std::uint32_t consumer_index);

// Those of a producer, bootstrap.servers and queue.buffering.max.kbytes aside.
[[nodiscard]] std::span<const Default> producer_defaults();

// The final properties of a producer: ours, the operator's over them, the host's over all.
// enable.idempotence, where the operator did not set it, is false with acks 0 or 1: librdkafka
// refuses the pair. queue_bytes: see producer_queue_bytes.
[[nodiscard]] Properties producer_properties(const std::vector<std::string>& bootstrap_servers,
                                             const Properties& operators,
                                             std::uint64_t queue_bytes);

// What the queue of a producer may hold: what may be in flight, but never less than the largest
// message that a consumer with these properties can receive. A queue that one message does not fit
// into is full for ever (rd_kafka_produce says so even while it is empty).
[[nodiscard]] std::uint64_t producer_queue_bytes(std::uint64_t max_in_flight_bytes,
                                                 const Properties& consumer);
// The same in words, for those who read about queue.buffering.max.kbytes.
inline constexpr std::string_view kQueueBound =
    "max_in_flight_bytes, or the largest message a consumer can receive";

// Who acknowledges a copy: nobody (acks 0), the leader (1), every in-sync replica (else).
enum class Acks : std::uint8_t { none, leader, all };
[[nodiscard]] Acks acks_of(const Properties& producer);

// For `validate --explain`: each default, librdkafka's own beside it, and the reason.
[[nodiscard]] std::string explain_defaults();

}  // namespace tidegate::kafka
