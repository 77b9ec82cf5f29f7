// SPDX-License-Identifier: Apache-2.0
//
// What the raw loops read with: one consumer in a group, with the properties that Tidegate sets by
// default, batches from its queue, positions that are committed, and the figures to print. Thread
// rule: one thread.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <span>

#include "tests/bench/client.hpp"

namespace tidegate::bench {

struct ReadOptions {
  std::string brokers;
  std::string group;
  std::string topic;
  std::int64_t messages = 0;
  std::size_t batch = 10'000;
  int wait_ms = 50;
  int timeout_s = 300;
  std::vector<std::string> more;

  void add_to(CLI::App& app) {
    app.add_option("--brokers", brokers)->required();
    app.add_option("--topic", topic)->required();
    app.add_option("--group", group, "must have no positions yet")->required();
    app.add_option("--messages", messages, "how many the topic holds")->required();
    app.add_option("--batch", batch)->capture_default_str();
    app.add_option("--wait-ms", wait_ms, "how long a batch may take")->capture_default_str();
    app.add_option("--timeout-s", timeout_s)->capture_default_str();
    app.add_option("-X", more, "librdkafka property of the consumer, name=value")
        ->allow_extra_args(false);
  }

  // Tidegate's own defaults; the rest is librdkafka's.
  [[nodiscard]] std::vector<std::string> properties() const {
    std::vector<std::string> all = {"bootstrap.servers=" + brokers,
                                    "group.id=" + group,
                                    "partition.assignment.strategy=cooperative-sticky",
                                    "auto.offset.reset=earliest",
                                    "enable.auto.commit=false",
                                    "enable.auto.offset.store=false",
                                    "check.crcs=true",
                                    "fetch.queue.backoff.ms=1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

// The positions of one topic, by partition.
class Positions {
 public:
  void set(std::int32_t partition, std::int64_t position) {
    const auto index = static_cast<std::size_t>(partition);
    if (index >= positions_.size()) positions_.resize(index + 1, -1);
    positions_[index] = position;
  }

  // -1: none yet.
  [[nodiscard]] std::int64_t get(std::int32_t partition) const {
    const auto index = static_cast<std::size_t>(partition);
    return index < positions_.size() ? positions_[index] : -1;
  }

  [[nodiscard]] Owned<rd_kafka_topic_partition_list_t> list(const std::string& topic) const {
    Owned<rd_kafka_topic_partition_list_t> made(
        rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      if (positions_[i] < 0) continue;
      rd_kafka_topic_partition_list_add(made.get(), topic.c_str(), static_cast<std::int32_t>(i))
          ->offset = positions_[i];
    }
    return made;
  }

 private:
  std::vector<std::int64_t> positions_;
};

struct Totals {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  std::int64_t batches = 0;
  std::int64_t commits = 0;
  std::int64_t transactions = 0;
  std::int64_t first_message_ns = 0;
  std::int64_t last_commit_ns = 0;
  double cpu_at_first = 0;
  double cpu_at_last = 0;

  void note_last_commit() {
    last_commit_ns = monotonic_ns();
    cpu_at_last = cpu_seconds();
  }

  void print() const {
    const auto number = [](std::int64_t value) { return static_cast<long long>(value); };
    std::printf(
        "{\"consumed\": %lld, \"bytes\": %lld, \"batches\": %lld, \"commits\": %lld, "
        "\"transactions\": %lld, \"first_message_ns\": %lld, \"last_commit_ns\": %lld, "
        "\"window_cpu_seconds\": %.6f, \"process_cpu_seconds\": %.6f, \"peak_rss_kib\": %ld, "
        "\"librdkafka\": \"%s\"}\n",
        number(messages), number(bytes), number(batches), number(commits), number(transactions),
        number(first_message_ns), number(last_commit_ns), cpu_at_last - cpu_at_first, cpu_seconds(),
        peak_rss_kib(), rd_kafka_version_str());
  }
};

// Joins the group when made. The options outlive it.
class Reader {
 public:
  explicit Reader(const ReadOptions& options)
      : options_(options),
        client_(make_client(RD_KAFKA_CONSUMER, options.properties())),
        batch_(options.batch),
        give_up_ns_(monotonic_ns() + options.timeout_s * 1'000'000'000LL) {
    check(rd_kafka_poll_set_consumer(client_.get()), "poll_set_consumer");
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    const Owned<rd_kafka_topic_partition_list_t> topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    check(rd_kafka_subscribe(client_.get(), topics.get()), "subscribe");
  }

  // At most one batch, and at most `most`; each message is the caller's to destroy, the span lives
  // until the next call. Throws when the time given is over.
  std::span<rd_kafka_message_t*> read(Totals& totals, std::size_t most) {
    const auto received = rd_kafka_consume_batch_queue(
        queue_.get(), options_.wait_ms, batch_.data(), std::min(most, batch_.size()));
    now_ns_ = monotonic_ns();
    if (now_ns_ > give_up_ns_) throw std::runtime_error("not drained within the time given");
    if (received <= 0) return {};
    if (totals.first_message_ns == 0) {
      totals.first_message_ns = now_ns_;
      totals.cpu_at_first = cpu_seconds();
    }
    ++totals.batches;
    totals.messages += received;
    return {batch_.data(), static_cast<std::size_t>(received)};
  }

  static void check_message(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    throw std::runtime_error(std::string("consume: ") + rd_kafka_message_errstr(&message));
  }

  // When the last batch arrived.
  [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }

  void commit(const Positions& positions, int async, Totals& totals) {
    const auto list = positions.list(options_.topic);
    if (list->cnt == 0) return;
    check(rd_kafka_commit(client_.get(), list.get(), async), "commit");
    ++totals.commits;
  }

  void close() { check(rd_kafka_consumer_close(client_.get()), "close"); }

  [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }

 private:
  const ReadOptions& options_;
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_queue_t> queue_;
  std::vector<rd_kafka_message_t*> batch_;
  std::int64_t give_up_ns_;
  std::int64_t now_ns_ = 0;
};

}  // namespace tidegate::bench
