// SPDX-License-Identifier: Apache-2.0
//
// A consumer for a command that runs once: it joins no group, commits only when told, and knows why
// brokers were not reached. Thread rule: one thread; errors may be noted by librdkafka's.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include "host/app/dlq/target.hpp"
#include "host/base/kafka/handles.hpp"

namespace tidegate::dlq {

// Brokers that do not answer in time (exit code 69).
struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class ReadClient {
 public:
  // group: whose positions it reads and commits. Throws std::runtime_error with librdkafka's
  // reason; contacts no broker.
  ReadClient(const Target& target, const std::string& group, std::chrono::milliseconds timeout);
  ~ReadClient();
  ReadClient(const ReadClient&) = delete;
  ReadClient& operator=(const ReadClient&) = delete;

  [[nodiscard]] rd_kafka_t* get() const { return client_.get(); }
  [[nodiscard]] std::chrono::milliseconds timeout() const { return timeout_; }
  [[nodiscard]] int timeout_ms() const { return static_cast<int>(timeout_.count()); }
  // Takes what waits in the client's queue. Throws std::runtime_error where brokers have said that
  // the account lacks a right. REQUIRES: nothing is assigned.
  void throw_if_denied() const;
  // Throws Unreachable with the last thing that the client had to say. The command is to end then:
  // the client is not destroyed any more.
  [[noreturn]] void unreachable(const std::string& what) const;

 private:
  struct Notes;
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* opaque);

  const std::string servers_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<Notes> notes_;  // outlives the client
  kafka::Client client_;
  mutable bool gave_up_ = false;
};

}  // namespace tidegate::dlq
