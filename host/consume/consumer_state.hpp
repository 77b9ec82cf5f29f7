// SPDX-License-Identifier: Apache-2.0
//
// What the parts of one consumer share: its client, its partitions, its books. No part knows
// another; they meet here. Thread rule: [poll] of the owning consumer.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "host/base/config/model.hpp"
#include "host/base/kafka/handles.hpp"
#include "host/base/metrics/histogram.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/consume/books.hpp"
#include "host/consume/group_topics.hpp"
#include "host/consume/memory_meter.hpp"
#include "host/consume/partition_table.hpp"
#include "host/consume/pause_switch.hpp"
#include "host/dispatch/dispatcher.hpp"
#include "host/route/router.hpp"

namespace tidegate {

// Counted for metrics.
struct ConsumerCounts {
  std::uint64_t rebalances_assigned = 0;
  std::uint64_t rebalances_revoked = 0;
  std::uint64_t rebalances_lost = 0;
  std::uint64_t commits_ok = 0;
  std::uint64_t commits_error = 0;
  std::uint64_t offsets_lost = 0;
  std::uint64_t resume_skipped = 0;    // offsets that resume maps said are finished
  std::uint64_t metadata_ignored = 0;  // of committed positions: not ours, or damaged
  std::uint32_t brokers_connected = 0;
  std::uint64_t dead_letter_failures = 0;
  std::array<std::uint64_t, metrics::kTransactionResultNames.size()> transactions{};
  std::uint64_t emitted = 0;  // messages of handlers that arrived
  // Copies to retry topics that arrived, by kind and delay as in the topic's name.
  std::map<std::pair<ErrorKind, std::string>, std::uint64_t> retries;
  std::map<std::string, std::uint64_t, std::less<>> kafka_errors;
  metrics::Histogram commit_duration{metrics::commit_duration_bounds()};
  // Of dead letters and what is dropped; slots have what is handled in the end.
  metrics::Histogram failure_duration{metrics::failure_duration_bounds()};
  WallTime last_commit{};         // zero: none yet
  MonotonicTime first_message{};  // when the first message was received; zero: none yet
  MonotonicTime last_advance{};   // when a commit that advanced a position was last acknowledged

  void kafka_error(rd_kafka_resp_err_t error) { ++kafka_errors[rd_kafka_err2name(error)]; }
};

// What a member of the group subscribes to. The group's retry topics have a member of their own: an
// assignor balances numbers of partitions, and a host that joins could otherwise be given nothing
// but partitions of retry topics.
enum class Reads : std::uint8_t { sources, retry_topics };

struct ConsumerState {
  ConsumerState(const config::Pipeline& config, std::uint32_t consumer_index, Reads what,
                const Clock& the_clock, kafka::Client the_client, const DispatchPolicy& policy,
                ReadyQueue& slots, ChunkReturn& home, DeadLetterLimiter& the_limiter,
                const PauseSwitch& the_pause)
      : pipeline(config),
        index(consumer_index),
        reads(what),
        clock(the_clock),
        client(std::move(the_client)),
        events(rd_kafka_queue_new(client.get())),
        limiter(the_limiter),
        pause(the_pause),
        router(config, the_limiter, the_clock),
        dispatcher(policy, slots, home) {}

  const config::Pipeline& pipeline;
  const std::uint32_t index;
  const Reads reads;
  const Clock& clock;

  kafka::Client client;
  kafka::Queue events;  // answers to commits and offset questions
  PartitionTable partitions;
  Books books;
  MemoryMeter memory;
  ConsumerCounts counts;
  DeadLetterLimiter& limiter;
  const PauseSwitch& pause;
  Router router;
  Dispatcher dispatcher;
  Epoch next_epoch{1};                       // of the next assignment
  bool assigned_once = false;                // a group assignment has arrived, maybe an empty one
  GroupTopics::Partitions own_topics;        // the group's retry topics and dead letter
  std::string cluster_id;                    // as the brokers say; empty: not known
  std::map<std::string, TopicId> topic_ids;  // as they said last; stays while a topic is away
  // The client is to fetch what it did not fetch before, and may be asleep (lag_probe.hpp).
  bool fetches_anew = false;
  // That handles now; known within a tick.
  PluginVersionPtr plugin = std::make_shared<PluginVersion>();
  std::string heard;    // the last error of the client that says a reason
  std::string failure;  // why the pipeline has failed; empty: it has not

  [[nodiscard]] bool exactly_once() const {
    return pipeline.delivery == config::Delivery::exactly_once;
  }
  [[nodiscard]] bool at_most_once() const {
    return pipeline.delivery == config::Delivery::at_most_once;
  }
};

}  // namespace tidegate
