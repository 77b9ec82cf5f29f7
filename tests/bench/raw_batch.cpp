// SPDX-License-Identifier: Apache-2.0
//
// The yardstick: drains a topic with librdkafka alone, as well as it can be done. One thread, one
// consumer in a group, batches from the consumer's queue, positions followed per run of a
// partition, committed asynchronously once a second and synchronously at the end: the work that
// Tidegate does without a handler. Prints one JSON object. Built twice: with the allocator of the
// release build and with the system's.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tests/bench/client.hpp"

namespace tidegate::bench {
namespace {

constexpr std::int64_t kCommitIntervalNs = 1'000'000'000;

struct Options {
  std::string topic;
  std::int64_t messages = 0;
  std::size_t batch = 10'000;
  int wait_ms = 50;
  int timeout_s = 300;
  std::vector<std::string> properties;
};

struct Totals {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
  std::int64_t batches = 0;
  std::int64_t commits = 0;
  std::int64_t first_message_ns = 0;
  std::int64_t last_commit_ns = 0;
  double cpu_at_first = 0;
  double cpu_at_last = 0;
};

class Drain {
 public:
  explicit Drain(const Options& options)
      : options_(options), client_(make_client(RD_KAFKA_CONSUMER, options.properties)) {
    check(rd_kafka_poll_set_consumer(client_.get()), "poll_set_consumer");
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    const Owned<rd_kafka_topic_partition_list_t> topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), options.topic.c_str(), RD_KAFKA_PARTITION_UA);
    check(rd_kafka_subscribe(client_.get(), topics.get()), "subscribe");
  }

  Totals run() {
    std::vector<rd_kafka_message_t*> batch(options_.batch);
    const std::int64_t give_up_ns = monotonic_ns() + options_.timeout_s * 1'000'000'000LL;
    std::int64_t commit_due_ns = 0;
    while (totals_.messages < options_.messages) {
      const auto received =
          rd_kafka_consume_batch_queue(queue_.get(), options_.wait_ms, batch.data(), batch.size());
      const std::int64_t now_ns = monotonic_ns();
      if (now_ns > give_up_ns) throw std::runtime_error("not drained within the time given");
      if (received <= 0) continue;
      if (totals_.first_message_ns == 0) {
        totals_.first_message_ns = now_ns;
        totals_.cpu_at_first = cpu_seconds();
        commit_due_ns = now_ns + kCommitIntervalNs;
      }
      take(batch.data(), static_cast<std::size_t>(received));
      if (now_ns >= commit_due_ns) {
        commit(/*async=*/1);
        commit_due_ns = now_ns + kCommitIntervalNs;
      }
    }
    commit(/*async=*/0);
    totals_.last_commit_ns = monotonic_ns();
    totals_.cpu_at_last = cpu_seconds();
    check(rd_kafka_consumer_close(client_.get()), "close");
    return totals_;
  }

 private:
  // Counts and destroys; a position is noted where a run of one partition ends, not per message.
  void take(rd_kafka_message_t** batch, std::size_t count) {
    ++totals_.batches;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    for (std::size_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch[i];
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error(std::string("consume: ") + rd_kafka_message_errstr(message));
      }
      if (message->partition != partition) {
        note(partition, offset);
        partition = message->partition;
      }
      offset = message->offset;
      totals_.bytes += static_cast<std::int64_t>(message->len);
      rd_kafka_message_destroy(message);
    }
    note(partition, offset);
    totals_.messages += static_cast<std::int64_t>(count);
  }

  void note(std::int32_t partition, std::int64_t offset) {
    if (partition < 0) return;
    const auto index = static_cast<std::size_t>(partition);
    if (index >= positions_.size()) positions_.resize(index + 1, -1);
    positions_[index] = offset + 1;
  }

  void commit(int async) {
    const Owned<rd_kafka_topic_partition_list_t> list(
        rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      if (positions_[i] < 0) continue;
      rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(),
                                        static_cast<std::int32_t>(i))
          ->offset = positions_[i];
    }
    check(rd_kafka_commit(client_.get(), list.get(), async), "commit");
    ++totals_.commits;
  }

  const Options& options_;
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_queue_t> queue_;
  std::vector<std::int64_t> positions_;
  Totals totals_;
};

void print(const Totals& totals) {
  std::printf(
      "{\"consumed\": %lld, \"bytes\": %lld, \"batches\": %lld, \"commits\": %lld, "
      "\"first_message_ns\": %lld, \"last_commit_ns\": %lld, \"window_cpu_seconds\": %.6f, "
      "\"process_cpu_seconds\": %.6f, \"peak_rss_kib\": %ld, \"librdkafka\": \"%s\"}\n",
      static_cast<long long>(totals.messages), static_cast<long long>(totals.bytes),
      static_cast<long long>(totals.batches), static_cast<long long>(totals.commits),
      static_cast<long long>(totals.first_message_ns),
      static_cast<long long>(totals.last_commit_ns), totals.cpu_at_last - totals.cpu_at_first,
      cpu_seconds(), peak_rss_kib(), rd_kafka_version_str());
}

int run(int argc, char** argv) {
  Options options;
  std::string brokers;
  std::string group;
  std::vector<std::string> more;
  CLI::App app("Drains a topic with a raw librdkafka batch loop and prints what it took as JSON.");
  app.add_option("--brokers", brokers)->required();
  app.add_option("--topic", options.topic)->required();
  app.add_option("--group", group, "must have no positions yet")->required();
  app.add_option("--messages", options.messages, "how many the topic holds")->required();
  app.add_option("--batch", options.batch)->capture_default_str();
  app.add_option("--wait-ms", options.wait_ms, "how long a batch may take")->capture_default_str();
  app.add_option("--timeout-s", options.timeout_s)->capture_default_str();
  app.add_option("-X", more, "librdkafka property, name=value")->allow_extra_args(false);
  CLI11_PARSE(app, argc, argv);
  // Tidegate's own defaults; the rest is librdkafka's.
  options.properties = {"bootstrap.servers=" + brokers,
                        "group.id=" + group,
                        "partition.assignment.strategy=cooperative-sticky",
                        "auto.offset.reset=earliest",
                        "enable.auto.commit=false",
                        "enable.auto.offset.store=false",
                        "fetch.queue.backoff.ms=1"};
  options.properties.insert(options.properties.end(), more.begin(), more.end());
  print(Drain(options).run());
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  try {
    return tidegate::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
