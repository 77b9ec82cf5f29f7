// SPDX-License-Identifier: Apache-2.0
//
// Makes a topic and fills it with messages of one size, evenly over its partitions, then asks the
// brokers how many it holds: a benchmark on a topic that is not what it claims to be is worthless.
// A topic that is there already is only counted. Values are slices of one block of random hex
// digits, handed over without a copy. Prints one JSON object.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <random>

#include "tests/bench/client.hpp"

namespace tidegate::bench {
namespace {

constexpr int kTimeoutMs = 60'000;
constexpr std::size_t kRun = 10'000;  // messages handed over for one partition before the next one

struct Options {
  std::string topic;
  std::int64_t messages = 0;
  std::size_t size = 100;
  int partitions = 6;
  int headers = 0;
};

// [the thread that polls the producer]
void count_failure(rd_kafka_t*, const rd_kafka_message_t* message, void* failures) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++*static_cast<std::int64_t*>(failures);
}

enum class Made { now, before };

Made create_topic(rd_kafka_t* client, const Options& options) {
  std::array<char, 512> reason{};
  const Owned<rd_kafka_NewTopic_t> topic(rd_kafka_NewTopic_new(
      options.topic.c_str(), options.partitions, -1, reason.data(), reason.size()));
  if (!topic) throw std::runtime_error(reason.data());
  check(rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "-1"), "retention.ms");
  const Owned<rd_kafka_queue_t> answers(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(client, topics, 1, nullptr, answers.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(answers.get(), kTimeoutMs));
  if (!event) throw std::runtime_error("no answer to the creation of " + options.topic);
  check(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[count - 1]);
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return Made::before;
  check(error, "create " + options.topic);
  return Made::now;
}

class Filler {
 public:
  Filler(const Options& options, const std::vector<std::string>& properties)
      : options_(options),
        client_(make_client(RD_KAFKA_PRODUCER, properties, count_failure, &failures_)),
        block_(options.size + (1U << 20U), '0') {
    std::mt19937_64 random(1);
    for (char& digit : block_) digit = "0123456789abcdef"[random() & 15U];
    made_ = create_topic(client_.get(), options);
    topic_.reset(rd_kafka_topic_new(client_.get(), options.topic.c_str(), nullptr));
    if (options.headers == 0) return;
    headers_.reset(rd_kafka_headers_new(static_cast<std::size_t>(options.headers)));
    for (int i = 0; i < options.headers; ++i) {
      const std::string name = "header-" + std::to_string(i);
      check(rd_kafka_header_add(headers_.get(), name.c_str(), -1, block_.data(), 16), "header");
    }
  }

  void run() {
    if (made_ == Made::before) return;
    std::int64_t left = options_.messages;
    for (std::int32_t partition = 0; left > 0; partition = (partition + 1) % options_.partitions) {
      const auto count = std::min(left, static_cast<std::int64_t>(kRun));
      for (std::int64_t i = 0; i < count; ++i) produce(partition);
      left -= count;
      rd_kafka_poll(client_.get(), 0);
    }
    check(rd_kafka_flush(client_.get(), 10 * kTimeoutMs), "flush");
    if (failures_ != 0) throw std::runtime_error(std::to_string(failures_) + " were not written");
  }

  [[nodiscard]] bool filled() const { return made_ == Made::now; }

  [[nodiscard]] std::int64_t messages_in_topic() const {
    std::int64_t total = 0;
    for (std::int32_t partition = 0; partition < options_.partitions; ++partition) {
      total += messages_in_partition(partition);
    }
    return total;
  }

 private:
  // A broker that has just started may not lead its partitions yet: asks until the time is over.
  [[nodiscard]] std::int64_t messages_in_partition(std::int32_t partition) const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const std::int64_t give_up_ns = monotonic_ns() + kTimeoutMs * 1'000'000LL;
    rd_kafka_resp_err_t error{};
    do {
      error = rd_kafka_query_watermark_offsets(client_.get(), options_.topic.c_str(), partition,
                                               &low, &high, kTimeoutMs);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_poll(client_.get(), 100);
    } while (error != RD_KAFKA_RESP_ERR_NO_ERROR && monotonic_ns() < give_up_ns);
    check(error, "watermarks");
    return high - low;
  }

  void produce(std::int32_t partition) {
    next_ = (next_ + 4'099) & ((1U << 20U) - 1U);
    void* value = block_.data() + next_;
    while (try_produce(partition, value) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(client_.get(), 10);
    }
  }

  rd_kafka_resp_err_t try_produce(std::int32_t partition, void* value) {
    if (!headers_) {
      if (rd_kafka_produce(topic_.get(), partition, 0, value, options_.size, nullptr, 0, nullptr) ==
          0) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
      }
      return only_full(rd_kafka_last_error());
    }
    Owned<rd_kafka_headers_t> headers(rd_kafka_headers_copy(headers_.get()));
    std::array<rd_kafka_vu_t, 4> arguments{};
    arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
    arguments[0].u.rkt = topic_.get();
    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    arguments[1].u.i32 = partition;
    arguments[2].vtype = RD_KAFKA_VTYPE_VALUE;
    arguments[2].u.mem = {value, options_.size};
    arguments[3].vtype = RD_KAFKA_VTYPE_HEADERS;
    arguments[3].u.headers = headers.get();
    const Owned<rd_kafka_error_t> error(
        rd_kafka_produceva(client_.get(), arguments.data(), arguments.size()));
    if (error) return only_full(rd_kafka_error_code(error.get()));
    static_cast<void>(headers.release());  // librdkafka's from here on
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }

  static rd_kafka_resp_err_t only_full(rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) check(error, "produce");
    return error;
  }

  const Options& options_;
  std::int64_t failures_ = 0;
  Made made_ = Made::now;
  Owned<rd_kafka_t> client_;
  std::string block_;  // outlives the queue: flushed before this object dies
  Owned<rd_kafka_topic_t> topic_;
  Owned<rd_kafka_headers_t> headers_;
  std::size_t next_ = 0;
};

int run(int argc, char** argv) {
  Options options;
  std::string brokers;
  std::string compression = "none";
  std::vector<std::string> more;
  CLI::App app("Creates a topic and fills it with messages.");
  app.add_option("--brokers", brokers)->required();
  app.add_option("--topic", options.topic)->required();
  app.add_option("--messages", options.messages)->required();
  app.add_option("--size", options.size, "bytes of a value")->capture_default_str();
  app.add_option("--partitions", options.partitions)->capture_default_str();
  app.add_option("--headers", options.headers, "headers of 8 + 16 bytes a message");
  app.add_option("--compression", compression, "none, lz4, zstd, ...")->capture_default_str();
  app.add_option("-X", more, "librdkafka property, name=value")->allow_extra_args(false);
  CLI11_PARSE(app, argc, argv);
  // Batches stay as librdkafka makes them: up to 10,000 messages or 1,000,000 bytes.
  std::vector<std::string> properties = {"bootstrap.servers=" + brokers,
                                         "compression.type=" + compression,
                                         "acks=1",
                                         "linger.ms=100",
                                         "delivery.report.only.error=true",
                                         "queue.buffering.max.messages=500000",
                                         "queue.buffering.max.kbytes=262144"};
  properties.insert(properties.end(), more.begin(), more.end());

  const std::int64_t begin_ns = monotonic_ns();
  Filler filler(options, properties);
  filler.run();
  const double seconds = static_cast<double>(monotonic_ns() - begin_ns) / 1e9;
  const std::int64_t held = filler.messages_in_topic();
  if (held != options.messages) {
    throw std::runtime_error("the topic holds " + std::to_string(held) + " messages, not " +
                             std::to_string(options.messages));
  }
  std::printf("{\"filled\": %s, \"messages\": %lld, \"seconds\": %.3f}\n",
              filler.filled() ? "true" : "false", static_cast<long long>(held), seconds);
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  return tidegate::bench::run_tool(argc, argv, tidegate::bench::run);
}
