// SPDX-License-Identifier: Apache-2.0
//
// The yardstick: drains a topic with librdkafka alone, as well as it can be done. One thread, one
// consumer in a group, batches from the consumer's queue, positions followed per run of a
// partition, committed asynchronously once a second and synchronously at the end: the work that
// Tidegate does without a handler. Prints one JSON object. Built twice: with the allocator of the
// release build and with the system's.

#include "tests/bench/reader.hpp"

namespace tidegate::bench {
namespace {

constexpr std::int64_t kCommitIntervalNs = 1'000'000'000;

class Drain {
 public:
  explicit Drain(const ReadOptions& options) : options_(options), reader_(options) {}

  Totals run() {
    std::int64_t commit_due_ns = 0;
    while (totals_.messages < options_.messages) {
      const auto batch = reader_.read(totals_, options_.batch);
      if (batch.empty()) continue;
      if (commit_due_ns == 0) commit_due_ns = reader_.now_ns() + kCommitIntervalNs;
      take(batch);
      if (reader_.now_ns() >= commit_due_ns) {
        reader_.commit(positions_, /*async=*/1, totals_);
        commit_due_ns = reader_.now_ns() + kCommitIntervalNs;
      }
    }
    reader_.commit(positions_, /*async=*/0, totals_);
    totals_.note_last_commit();
    reader_.close();
    return totals_;
  }

 private:
  // Counts and destroys; a position is noted where a run of one partition ends, not per message.
  void take(std::span<rd_kafka_message_t*> batch) {
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    for (rd_kafka_message_t* const message : batch) {
      Reader::check_message(*message);
      if (message->partition != partition) {
        note(partition, offset);
        partition = message->partition;
      }
      offset = message->offset;
      totals_.bytes += static_cast<std::int64_t>(message->len);
      rd_kafka_message_destroy(message);
    }
    note(partition, offset);
  }

  void note(std::int32_t partition, std::int64_t offset) {
    if (partition >= 0) positions_.set(partition, offset + 1);
  }

  const ReadOptions& options_;
  Reader reader_;
  Positions positions_;
  Totals totals_;
};

int run(int argc, char** argv) {
  ReadOptions options;
  CLI::App app("Drains a topic with a raw librdkafka batch loop and prints what it took as JSON.");
  options.add_to(app);
  CLI11_PARSE(app, argc, argv);
  Drain(options).run().print();
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  return tidegate::bench::run_tool(argc, argv, tidegate::bench::run);
}
