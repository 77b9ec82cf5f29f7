// SPDX-License-Identifier: Apache-2.0
//
// What the client brings besides messages: ends of partitions and errors; and messages where none
// should come.
#include <algorithm>

#include "host/base/kafka/rights.hpp"
#include "host/base/log.hpp"
#include "host/consume/client.hpp"
#include "host/consume/epoch_life.hpp"
#include "host/consume/intake.hpp"
#include "host/consume/release.hpp"

namespace tidegate {
namespace {

constexpr Duration kFirstPatience = std::chrono::seconds(1);
constexpr Duration kMostPatience = std::chrono::seconds(30);

// What the client says of messages that it received and could not take apart. After some of these
// it goes on behind them (a wrong checksum), after others it tries for ever.
bool says_unreadable(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return true;
    default: return false;
  }
}

}  // namespace

void Intake::on_error(const rd_kafka_message_t& message) {
  const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
  const PartitionEpochPtr epoch = state_.partitions.find(topic, Partition{message.partition});
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (epoch == nullptr || !epoch->takes_in()) return;
    // Everything below was read or is a gap: the position passes transaction markers at the end.
    if (epoch->released.passing() && Position{message.offset} >= epoch->released.pass_end())
      end_pass(state_, *epoch);
    epoch->tracker.skip_to(Position{message.offset});
    return;
  }
  state_.counts.kafka_error(message.err);
  if (message.err == RD_KAFKA_RESP_ERR__FATAL) {
    // Of a consumer it comes here, not to the error callback; the client would stay in this state,
    // own its partitions and read nothing.
    state_.failure = failed_for_good(state_.client.get());
    return;
  }
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    // Also within the batch that began the epoch: the log is asked, so a stale one does no harm.
    if (epoch != nullptr) stopped_.push_back(epoch);
    return;
  }
  if (says_unreadable(message.err) && epoch != nullptr) {
    if (epoch->takes_in()) on_unreadable(epoch, message);
    return;
  }
  const std::string said =
      kafka::describe(message.err) + kafka::cure_of(state_.client.get(), message.err, topic);
  state_.heard = said;
  if (const auto suppressed = errors_.admit()) {
    log::warn("kafka_error", "the client reported an error; it goes on trying",
              {{"pipeline", state_.pipeline.name},
               {"topic", topic},
               {"partition", message.partition},
               {"error", said},
               {"detail", rd_kafka_message_errstr(&message)},
               {"suppressed", *suppressed}});
  }
}

// Nothing behind it may be taken, or it would be passed over without a word: the partition stands
// here until it can be read, say because the damage was done on the way, or an operator has deleted
// it (upon which it counts as lost). The others go on.
void Intake::on_unreadable(const PartitionEpochPtr& epoch, const rd_kafka_message_t& message) {
  const Position at = std::max(Position{message.offset}, epoch->tracker.next());
  epoch->unreadable_patience = epoch->unreadable == at
                                   ? std::min(2 * epoch->unreadable_patience, kMostPatience)
                                   : kFirstPatience;
  epoch->unreadable = at;
  epoch->restart_at = state_.clock.now() + epoch->unreadable_patience;
  stopped_.push_back(epoch);
  epoch->stopped = true;  // at once: the rest of this batch may be of what is behind
  const kafka::PartitionList list = to_list({epoch});
  // It is assigned anew later; until then what comes is discarded anyway.
  (void)rd_kafka_pause_partitions(state_.client.get(), list.get());
  log::error("batch_unreadable",
             "the client cannot read what stands in a partition here; nothing behind it is taken, "
             "and it is tried again. To go on without it, delete it from the topic",
             {{"pipeline", state_.pipeline.name},
              {"topic", epoch->topic},
              {"partition", epoch->partition.value},
              {"offset", at.value},
              {"error", kafka::describe(message.err)},
              {"detail", rd_kafka_message_errstr(&message)}});
}

// A partition of a topic that was made anew is another one to the client, with another queue, which
// is not known before something comes of it. It is read again, from its own queue: what came here
// may be out of order, and an end stands behind messages that were not taken in.
void Intake::on_astray(const rd_kafka_message_t& message) {
  const PartitionEpochPtr epoch =
      state_.partitions.find(rd_kafka_topic_name(message.rkt), Partition{message.partition});
  if (epoch == nullptr || !epoch->takes_in()) return;
  if (std::find(astray_.begin(), astray_.end(), epoch) == astray_.end()) astray_.push_back(epoch);
}

void Intake::seek_back() {
  const std::vector<PartitionEpochPtr> epochs = std::exchange(astray_, {});
  const kafka::PartitionList list = to_list(epochs);
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    open_queue(state_, *epochs[i]);
    list->elems[i].offset = epochs[i]->tracker.next().value;
  }
  constexpr int kPatienceMs = 5000;
  const kafka::Error error(rd_kafka_seek_partitions(state_.client.get(), list.get(), kPatienceMs));
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const rd_kafka_resp_err_t own = list->elems[i].err;
    if (error == nullptr && own == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // Reading on would pass over messages, so this must not go unseen; the start is settled again.
    log::warn(
        "seek_failed",
        "a partition could not be sought back to where it was read; it is assigned anew",
        {{"pipeline", state_.pipeline.name},
         {"topic", epochs[i]->topic},
         {"partition", epochs[i]->partition.value},
         {"error", error != nullptr ? rd_kafka_error_string(error.get()) : rd_kafka_err2str(own)}});
    stopped_.push_back(epochs[i]);
  }
}

}  // namespace tidegate
