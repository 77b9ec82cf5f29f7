// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/sender.hpp"

#include <algorithm>
#include <utility>

#include "host/app/dlq/transaction.hpp"
#include "host/base/kafka/defaults.hpp"
#include "host/base/kafka/rights.hpp"

namespace tidegate::dlq {
namespace {

// On their way at a time.
constexpr std::size_t kMostCopies = 10'000;
constexpr std::uint64_t kMostBytes = std::uint64_t{32} << 20U;
constexpr std::uint64_t kQueueBytes = 2 * kMostBytes;
constexpr std::chrono::milliseconds kStep{100};
constexpr std::chrono::milliseconds kLeastTransaction{5'000};
constexpr std::chrono::milliseconds kLongestTransaction{30'000};

kafka::Properties properties_of(const Target& target, const std::string& transactional_id,
                                std::chrono::milliseconds timeout) {
  kafka::Properties theirs = target.producer;
  // What a replay promises rests on these two.
  theirs["request.required.acks"] = "all";
  theirs["enable.idempotence"] = "true";
  theirs.erase("acks");
  kafka::Properties all = kafka::producer_properties(
      target.bootstrap_servers, theirs, kafka::producer_queue_bytes(kQueueBytes, target.consumer));
  all["log_level"] = "0";  // what goes wrong is told once, at the end
  if (!transactional_id.empty()) {
    all["transactional.id"] = transactional_id;
    // A killed replay that nobody starts again holds up readers of committed messages so long, and
    // the client asks brokers so long for what belongs to a transaction.
    const auto most = std::clamp(timeout, kLeastTransaction, kLongestTransaction);
    all["transaction.timeout.ms"] = all["message.timeout.ms"] = std::to_string(most.count());
  }
  return all;
}

std::uint64_t size_of(const DeadLetter& letter) {
  return letter.message.key().size() + letter.message.value().size();
}

}  // namespace

Sender::Sender(const Target& target, const std::string& transactional_id, ReadClient& client,
               Progress& progress)
    : client_(client),
      progress_(progress),
      transactional_(!transactional_id.empty()),
      producer_(
          std::make_unique<Producer>(properties_of(target, transactional_id, client.timeout()),
                                     *this, [this] { wakeup_.notify(); })) {}

Sender::~Sender() { producer_->abandon(); }

void Sender::send(DeadLetter letter, const std::string& topic, std::int32_t partition,
                  Headers headers, std::int64_t timestamp_ms) {
  while (outstanding() >= kMostCopies || bytes_ > kMostBytes) wait_for_reports();
  progress_.began(letter);
  hand_over(std::make_unique<Copy>(
      Copy{std::move(letter), topic, partition, std::move(headers), timestamp_ms}));
}

void Sender::hand_over(std::unique_ptr<Copy> copy) {
  if (outstanding() == 0) heard_ = system_clock().now();
  for (;;) {
    // The headers are the producer's only where it takes the copy.
    Headers lent(rd_kafka_headers_copy(copy->headers.get()));
    const rd_kafka_resp_err_t error = producer_->send({.topic = copy->topic.c_str(),
                                                       .key = copy->letter.message.key(),
                                                       .value = copy->letter.message.value(),
                                                       .partition = copy->partition,
                                                       .timestamp_ms = copy->timestamp_ms},
                                                      std::move(lent), copy.get());
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      take_reports();  // where the producer is broken, this says why
      throw std::runtime_error(copy->letter.place() + " cannot be written to " + copy->topic +
                               ": " + kafka::describe(error));
    }
    wait_for_reports();
  }
  bytes_ += size_of(copy->letter);
  (void)copy.release();  // delivered() takes it back
}

void Sender::serve() {
  take_reports();
  if (!suspects_.empty()) send_suspects();
}

void Sender::take_reports() {
  producer_->serve();
  // Before what came of it for single copies.
  char text[512];
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(producer_->client(), text, sizeof text);
  if (is_shut_out(fatal)) throw std::runtime_error(std::string(kShutOut) + text);
  if (refused_.empty()) refused_ = producer_->broken();
  if (!refused_.empty()) throw std::runtime_error(refused_);
}

void Sender::serve_until(MonotonicTime until) {
  while (system_clock().now() < until) {
    wakeup_.wait_until(until);
    serve();
  }
}

void Sender::finish() {
  while (outstanding() > 0) wait_for_reports();
  serve();
}

void Sender::wait_for_reports() {
  wakeup_.wait_until(system_clock().now() + kStep);
  take_reports();
  if (system_clock().now() > heard_ + client_.timeout())
    client_.unreachable("no answer to what was written");
}

void Sender::send_suspects() {
  while (outstanding() > 0) wait_for_reports();
  auto suspects = std::exchange(suspects_, {});
  if (transactional_) {
    // Its transaction is over, so nothing can be sent again in it.
    const auto largest = std::max_element(
        suspects.begin(), suspects.end(),
        [](const auto& a, const auto& b) { return size_of(a->letter) < size_of(b->letter); });
    std::string which;
    if (suspects.size() > 1)
      which = " (the largest of " + std::to_string(suspects.size()) + " that were sent together)";
    throw std::runtime_error(refusal(**largest, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, which));
  }
  one_by_one_ = true;
  for (auto& copy : suspects) {
    hand_over(std::move(copy));
    while (outstanding() > 0) wait_for_reports();
  }
  one_by_one_ = false;
}

std::string Sender::refusal(const Copy& copy, rd_kafka_resp_err_t error,
                            const std::string& which) const {
  return copy.letter.place() + which + " was refused by " + copy.topic + ": " +
         kafka::describe(error) +
         kafka::cure_of(producer_->client(), error, copy.topic, {"Write"}) +
         "; the replay ends there: mend the topic, or leave this one out by filters";
}

void Sender::delivered(void* copy, rd_kafka_resp_err_t error) {
  std::unique_ptr<Copy> back(static_cast<Copy*>(copy));
  heard_ = system_clock().now();
  bytes_ -= size_of(back->letter);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++acknowledged_;
    progress_.finished(back->letter.partition, back->letter.offset);
  } else if (is_shut_out(error)) {
    refused_ = kShutOut + kafka::describe(error);
  } else if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && !one_by_one_) {
    suspects_.push_back(std::move(back));
  } else if (refused_.empty()) {
    refused_ = refusal(*back, error, "");
  }
}

}  // namespace tidegate::dlq
