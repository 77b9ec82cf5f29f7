// SPDX-License-Identifier: Apache-2.0
//
// The yardstick of copying: from topic to topic with librdkafka alone, in one thread, with the
// properties that Tidegate sets by default. At least once: positions whose copies are acknowledged
// are committed asynchronously once a second, and synchronously at the end. With --transaction N:
// exactly once, the copies and positions of N messages in each transaction. Each copy keeps its
// partition. Prints one JSON object.

#include "tests/bench/reader.hpp"

namespace tidegate::bench {
namespace {

constexpr std::int64_t kCommitIntervalNs = 1'000'000'000;
constexpr int kForRoomMs = 10;
constexpr int kPatienceMs = 60'000;

struct Options {
  ReadOptions read;
  std::string to;
  std::int64_t transaction = 0;  // messages in one; 0: at least once
  std::vector<std::string> more;

  // Tidegate's own defaults; but the queue has librdkafka's bound, where Tidegate has its own.
  [[nodiscard]] std::vector<std::string> properties() const {
    std::vector<std::string> all = {"bootstrap.servers=" + read.brokers, "acks=all",
                                    "enable.idempotence=true", "message.max.bytes=1000000000",
                                    "retry.backoff.ms=1"};
    if (transaction == 0) {
      all.emplace_back("message.timeout.ms=0");
    } else {
      all.insert(all.end(),
                 {"transactional.id=" + read.group, "transaction.timeout.ms=10000", "linger.ms=1"});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

// Null is success.
void check(rd_kafka_error_t* raw, std::string_view what) {
  const Owned<rd_kafka_error_t> error(raw);
  if (error) throw std::runtime_error(std::string(what) + ": " + rd_kafka_error_string(raw));
}

// The producer, and how far its copies are acknowledged. Idempotence keeps the order within a
// partition, and a copy keeps its partition: the last report of one covers all before it.
class Output {
 public:
  explicit Output(const Options& options)
      : client_(make_client(RD_KAFKA_PRODUCER, options.properties(), delivered, this)),
        topic_(rd_kafka_topic_new(client_.get(), options.to.c_str(), nullptr)) {
    if (!topic_) throw std::runtime_error(options.to + ": no such topic can be");
  }

  // Takes the headers out of the message, which stays the caller's.
  void copy(rd_kafka_message_t& message) {
    rd_kafka_headers_t* detached = nullptr;
    if (rd_kafka_message_detach_headers(&message, &detached) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      detached = nullptr;  // it has none
    }
    Owned<rd_kafka_headers_t> headers(detached);
    while (!try_copy(message, headers)) rd_kafka_poll(client_.get(), kForRoomMs);
  }

  // Takes the reports that have come. Throws where a copy was not written.
  void serve() {
    rd_kafka_poll(client_.get(), 0);
    check_reports();
  }

  void flush() {
    bench::check(rd_kafka_flush(client_.get(), kPatienceMs), "flush");
    check_reports();
  }

  [[nodiscard]] const Positions& acknowledged() const { return acknowledged_; }
  [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }

 private:
  // False: the queue is full.
  bool try_copy(const rd_kafka_message_t& message, Owned<rd_kafka_headers_t>& headers) {
    std::array<rd_kafka_vu_t, 8> parts{};
    parts[0].vtype = RD_KAFKA_VTYPE_RKT;
    parts[0].u.rkt = topic_.get();
    parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    parts[1].u.i32 = message.partition;
    parts[2].vtype = RD_KAFKA_VTYPE_KEY;
    parts[2].u.mem = {message.key, message.key_len};
    parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[3].u.mem = {message.payload, message.len};
    parts[4].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    parts[4].u.i64 = std::max<std::int64_t>(rd_kafka_message_timestamp(&message, nullptr), 0);
    parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    parts[5].u.ptr = reinterpret_cast<void*>(static_cast<std::intptr_t>(message.offset));
    parts[6].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    parts[6].u.i = RD_KAFKA_MSG_F_COPY;
    parts[7].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[7].u.headers = headers.get();
    const Owned<rd_kafka_error_t> error(
        rd_kafka_produceva(client_.get(), parts.data(), parts.size() - (headers ? 0 : 1)));
    if (!error) {
      static_cast<void>(headers.release());  // librdkafka's from here on
      return true;
    }
    if (rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    throw std::runtime_error(std::string("produce: ") + rd_kafka_error_string(error.get()));
  }

  // Called by rd_kafka_poll, flush and the commit of a transaction, in this thread.
  static void delivered(rd_kafka_t*, const rd_kafka_message_t* copy, void* opaque) {
    auto& self = *static_cast<Output*>(opaque);
    const std::int64_t position = reinterpret_cast<std::intptr_t>(copy->_private) + 1;
    if (copy->err != RD_KAFKA_RESP_ERR_NO_ERROR) self.failed_ = copy->err;
    if (position <= self.acknowledged_.get(copy->partition)) self.out_of_order_ = true;
    if (!self.out_of_order_ && self.failed_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
      self.acknowledged_.set(copy->partition, position);
    }
  }

  void check_reports() const {
    bench::check(failed_, "a copy was not written");
    if (out_of_order_) throw std::runtime_error("the reports of a partition came out of order");
  }

  Positions acknowledged_;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  bool out_of_order_ = false;
  Owned<rd_kafka_t> client_;
  Owned<rd_kafka_topic_t> topic_;
};

// read: gets the positions behind the batch.
void copy_batch(std::span<rd_kafka_message_t*> batch, Output& output, Positions& read,
                Totals& totals) {
  for (rd_kafka_message_t* const message : batch) {
    Reader::check_message(*message);
    totals.bytes += static_cast<std::int64_t>(message->len);
    output.copy(*message);
    read.set(message->partition, message->offset + 1);
    rd_kafka_message_destroy(message);
  }
  output.serve();
}

Totals copy_at_least_once(const Options& options) {
  Totals totals;
  Positions read;
  Output output(options);
  Reader reader(options.read);
  std::int64_t commit_due_ns = 0;
  while (totals.messages < options.read.messages) {
    copy_batch(reader.read(totals, options.read.batch), output, read, totals);
    if (commit_due_ns == 0) commit_due_ns = reader.now_ns() + kCommitIntervalNs;
    if (reader.now_ns() < commit_due_ns) continue;
    reader.commit(output.acknowledged(), /*async=*/1, totals);
    commit_due_ns = reader.now_ns() + kCommitIntervalNs;
  }
  output.flush();
  reader.commit(output.acknowledged(), /*async=*/0, totals);
  totals.note_last_commit();
  reader.close();
  return totals;
}

// The copies need not be acknowledged before the positions are sent: the commit waits for both.
void end_transaction(const Options& options, const Positions& read, const Reader& reader,
                     Output& output) {
  const auto positions = read.list(options.read.topic);
  rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(reader.client());
  rd_kafka_error_t* const refused =
      rd_kafka_send_offsets_to_transaction(output.client(), positions.get(), group, kPatienceMs);
  rd_kafka_consumer_group_metadata_destroy(group);
  check(refused, "send_offsets_to_transaction");
  check(rd_kafka_commit_transaction(output.client(), kPatienceMs), "commit_transaction");
  output.serve();
}

Totals copy_exactly_once(const Options& options) {
  Totals totals;
  Positions read;
  Output output(options);
  check(rd_kafka_init_transactions(output.client(), kPatienceMs), "init_transactions");
  Reader reader(options.read);
  while (totals.messages < options.read.messages) {
    check(rd_kafka_begin_transaction(output.client()), "begin_transaction");
    const std::int64_t end = std::min(totals.messages + options.transaction, options.read.messages);
    while (totals.messages < end) {
      const auto room = static_cast<std::size_t>(end - totals.messages);
      copy_batch(reader.read(totals, room), output, read, totals);
    }
    end_transaction(options, read, reader, output);
    ++totals.transactions;
  }
  totals.note_last_commit();
  reader.close();
  return totals;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Copies a topic with a raw librdkafka loop and prints what it took as JSON.");
  options.read.add_to(app);
  app.add_option("--to", options.to, "topic; as many partitions as the other")->required();
  app.add_option("--transaction", options.transaction,
                 "exactly once, so many messages a transaction; 0: at least once")
      ->capture_default_str();
  app.add_option("-P", options.more, "librdkafka property of the producer, name=value")
      ->allow_extra_args(false);
  CLI11_PARSE(app, argc, argv);
  (options.transaction > 0 ? copy_exactly_once(options) : copy_at_least_once(options)).print();
  return 0;
}

}  // namespace
}  // namespace tidegate::bench

int main(int argc, char** argv) {
  return tidegate::bench::run_tool(argc, argv, tidegate::bench::run);
}
