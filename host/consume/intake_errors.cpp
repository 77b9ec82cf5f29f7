// SPDX-License-Identifier: Apache-2.0
//
// What a batch holds besides messages: ends of partitions, errors, and partitions that were got
// back while it was gathered.
#include "host/base/log.hpp"
#include "host/consume/intake.hpp"
#include "host/consume/release.hpp"

namespace tidegate {

void Intake::on_error(const rd_kafka_message_t& message) {
  const char* topic = message.rkt != nullptr ? rd_kafka_topic_name(message.rkt) : "";
  const PartitionEpochPtr epoch = state_.partitions.find(topic, Partition{message.partition});
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    if (epoch == nullptr || !usable(epoch)) return;
    // Everything below was read or is a gap: the position passes transaction markers at the end.
    if (epoch->released.passing() && Position{message.offset} >= epoch->released.pass_end())
      end_pass(state_, *epoch);
    epoch->tracker.skip_to(Position{message.offset});
    return;
  }
  state_.counts.kafka_error(message.err);
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    // Also within the batch that began the epoch: the log is asked, so a stale one does no harm.
    if (epoch != nullptr) stopped_.push_back(epoch);
    return;
  }
  if (const auto suppressed = errors_.admit()) {
    log::warn("kafka_error", "the client reported an error; it goes on trying",
              {{"pipeline", state_.pipeline.name},
               {"topic", topic},
               {"partition", message.partition},
               {"error", kafka::describe(message.err)},
               {"detail", rd_kafka_message_errstr(&message)},
               {"suppressed", *suppressed}});
  }
}

void Intake::seek_back() {
  const std::vector<PartitionEpochPtr> epochs = std::exchange(began_meanwhile_, {});
  const kafka::PartitionList list = to_list(epochs);
  for (std::size_t i = 0; i < epochs.size(); ++i)
    list->elems[i].offset = epochs[i]->tracker.next().value;
  constexpr int kPatienceMs = 5000;
  const kafka::Error error(rd_kafka_seek_partitions(state_.client.get(), list.get(), kPatienceMs));
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const rd_kafka_resp_err_t own = list->elems[i].err;
    if (error == nullptr && own == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    // Reading on would pass over messages, so this must not go unseen; the start is settled again.
    log::warn(
        "seek_failed",
        "a partition could not be sought back after a rebalance; it is assigned anew",
        {{"pipeline", state_.pipeline.name},
         {"topic", epochs[i]->topic},
         {"partition", epochs[i]->partition.value},
         {"error", error != nullptr ? rd_kafka_error_string(error.get()) : rd_kafka_err2str(own)}});
    stopped_.push_back(epochs[i]);
  }
}

}  // namespace tidegate
