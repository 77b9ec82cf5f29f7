// SPDX-License-Identifier: Apache-2.0
//
// A message whose handling is over and that is not finished yet: something must be written first,
// the copy of one that failed or what the handler of one that succeeded has emitted. Outbox writes
// it at once, Transactions (exactly_once) with the position of its partition. Thread rule: [poll]
// of the owning consumer, but for send_held.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/base/log_limit.hpp"
#include "host/consume/consumer_state.hpp"
#include "host/route/producer.hpp"

namespace tidegate {

// A message that has left its chunk because it failed, and the version of the plugin that it failed
// with.
struct Failed {
  Item item;
  PluginVersionPtr plugin;
};

// The copy of one that failed.
struct FailedCopy {
  PluginVersionPtr plugin;
  Route route;
  std::string reason;
  kafka::Origin origin;
  std::string topic;  // where it goes
  std::int32_t partition = RD_KAFKA_PARTITION_UA;
  std::uint64_t charge = 0;  // for what this takes

  [[nodiscard]] std::uint64_t bytes() const {
    return sizeof *this + reason.size() + origin.topic.size() + topic.size();
  }
};

// Small, because there may be one for each message in flight, from the answer to the
// acknowledgement.
struct Held {
  PartitionEpochPtr epoch;
  Item item;
  Outputs outputs;                   // of one that succeeded
  std::unique_ptr<FailedCopy> copy;  // null: it succeeded

  // On its way.
  std::uint32_t sent = 0;  // of its outputs or its one copy
  std::uint32_t unacked = 0;
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;  // by the brokers, or by the client
  bool let_go = false;  // its producer was given up with something of it in it

  // Its batch was too large for the broker: it is sent once more by itself, so that nobody is
  // charged for a neighbour. librdkafka refuses a batch as a whole.
  bool alone = false;

  MonotonicTime next_try{};  // of one that was refused
  bool blocks = false;       // counted in its epoch's blocked messages

  [[nodiscard]] bool is_copy() const { return copy != nullptr; }
  // How many messages are to be written.
  [[nodiscard]] std::uint32_t size() const {
    if (!is_copy()) return outputs.size();
    return copy->route.to == Route::To::drop ? 0 : 1;
  }
};

using HeldPtr = std::unique_ptr<Held>;

// What becomes of messages that are held: in the books, in memory, after a refusal.
class HeldBooks {
 public:
  // sender: who makes copies.
  HeldBooks(ConsumerState& state, CopySender sender) : state_(state), sender_(std::move(sender)) {}

  // A message of this epoch that failed, unfinished, and its way.
  [[nodiscard]] HeldPtr copy(PartitionEpochPtr epoch, Failed failed, const Route& route,
                             std::string reason);
  // A message that was answered ok, and what its handler emitted.
  [[nodiscard]] HeldPtr emission(PartitionEpochPtr epoch, Item item, Outputs outputs);

  // All of it is written: the message ends in the books. Its offset is the caller's.
  void written(Held& held);
  // It ends without being written: its epoch has ended, and counted it.
  void drop(Held& held);
  // It could not be written: settles where it goes next and when, and tells. An emission becomes a
  // failed attempt. REQUIRES: nothing of it is on its way.
  void refused(Held& held, rd_kafka_resp_err_t error);
  // The time for its next try has come: what is to be done with it. `wait`: it has still no way,
  // and next_try is later; `ended`: it was dropped, and has ended in the books.
  enum class Next : std::uint8_t { send, wait, ended };
  [[nodiscard]] Next next(Held& held);

  // With transactions: the same, but nothing ends before its transaction does. What has a way again
  // blocks no more.
  void retry(Held& held);

  [[nodiscard]] const CopySender& sender() const { return sender_; }

 private:
  void set_way(Held& held, const Route& route);
  void charge(FailedCopy& copy);
  void emission_failed(Held& held, rd_kafka_resp_err_t error);
  void unblock(Held& held);
  void end(Held& held, Outcome outcome);
  void report(const Held& held, rd_kafka_resp_err_t error);

  ConsumerState& state_;
  const CopySender sender_;
  log::RateLimit refusals_;
};

// Hands to the producer what is not sent yet; `held` comes back with each report. Where the
// producer has no room, or where it is sent alone, some may be left; held.refused says why it
// refused one. [poll], or the thread that owns the producer while nobody else touches `held`.
void send_held(Producer& producer, const CopySender& sender, Held& held);

// Refused because of what the message is: no later try will change that.
[[nodiscard]] bool refused_for_good(rd_kafka_resp_err_t error);
// Whether an error is about a message or its topic, and no later try will change that by itself.
[[nodiscard]] bool is_refusal(rd_kafka_resp_err_t error);

// Whether it was refused only because of the batch it was in, maybe: then it is to be sent again
// alone.
[[nodiscard]] bool to_be_sent_alone(Held& held);

// Takes a report into account. True: nothing of it is on its way any more.
[[nodiscard]] bool reported(Held& held, rd_kafka_resp_err_t error);

}  // namespace tidegate
