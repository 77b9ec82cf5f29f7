// SPDX-License-Identifier: Apache-2.0
//
// Writes copies of messages to other topics. The bytes are lent, not copied: the caller keeps the
// message until the report, so a copy on its way costs no second memory and the in-flight bound
// covers it. Idempotent by default and without a time limit: a copy that was sent is either
// acknowledged or refused for good, and never sent twice by us. Thread rule: [poll] of the owning
// consumer; reports come inside serve().
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "host/base/kafka/handles.hpp"
#include "host/base/kafka/held_message.hpp"
#include "host/base/kafka/properties.hpp"
#include "host/route/copy_headers.hpp"
#include "host/route/producer_answers.hpp"

namespace tidegate {

// Who hears what became of a copy.
class DeliveryReports {
 public:
  virtual ~DeliveryReports() = default;
  // copy: what send() was given. No error: all replicas that acks asks for have it.
  virtual void delivered(void* copy, rd_kafka_resp_err_t error) = 0;
};

class Producer {
 public:
  // wake: called by librdkafka's threads when there is something to serve. Both outlive the
  // producer. Throws std::runtime_error with librdkafka's reason.
  Producer(const kafka::Properties& properties, DeliveryReports& reports,
           std::function<void()> wake);
  // REQUIRES: nothing is outstanding (abandon() first).
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  struct Record {
    const char* topic;  // ends with a NUL
    kafka::Bytes key;   // data() == nullptr: absent
    kafka::Bytes value;
    std::int32_t partition = RD_KAFKA_PARTITION_UA;  // _UA: by the key's hash
    std::int64_t timestamp_ms = -1;                  // -1: now
  };
  // Takes a copy on its way. Key and value must stay as they are until delivered() names `copy`.
  // headers: null where there are none. _QUEUE_FULL: try again after serve(). Any other error:
  // refused, no report will come.
  [[nodiscard]] rd_kafka_resp_err_t send(const Record& record, Headers headers, void* copy);
  // Reports what came back; waits so long for something to come.
  void serve(std::chrono::milliseconds patience = {});
  // Sends at once what waits for more, and reports, until nothing is outstanding or time is up.
  void flush(std::chrono::milliseconds patience);
  // Gives up whatever is outstanding: each copy is reported, with an error unless it had arrived.
  void abandon();
  [[nodiscard]] std::size_t outstanding() const { return outstanding_; }
  // It will never work again and must be made anew; empty: it works.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  [[nodiscard]] rd_kafka_resp_err_t broken_by() const { return broken_by_; }
  // It is idempotent and has no id yet: what is sent waits for that. wake() is called at its end.
  [[nodiscard]] bool waits_for_id() const { return idempotent_ && !answers_.has_id(); }
  // For transactional calls, where the properties ask for transactions.
  [[nodiscard]] rd_kafka_t* client() const { return client_.get(); }
  [[nodiscard]] const ProducerAnswers& answers() const { return answers_; }

 private:
  static void on_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* opaque);
  static void on_event(rd_kafka_t* client, void* opaque);

  DeliveryReports& reports_;
  const std::function<void()> wake_;
  const bool idempotent_;
  ProducerAnswers answers_;
  kafka::Client client_;
  kafka::Queue events_;
  std::size_t outstanding_ = 0;
  std::string broken_;
  rd_kafka_resp_err_t broken_by_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

}  // namespace tidegate
