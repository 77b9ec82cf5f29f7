// SPDX-License-Identifier: Apache-2.0
//
// Owners for what librdkafka hands out, so that every handle is released on every path.
// Declare them so that destruction is right: client first, then queues, then messages; all messages
// must be gone before the client is destroyed. Thread rule: as the handle they own.
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <string>

namespace tidegate::kafka {

template <auto Destroy>
struct Deleter {
  template <class T>
  void operator()(T* handle) const noexcept {
    Destroy(handle);
  }
};

using Conf = std::unique_ptr<rd_kafka_conf_t, Deleter<&rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Deleter<&rd_kafka_queue_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Deleter<&rd_kafka_topic_partition_list_destroy>>;
using Error = std::unique_ptr<rd_kafka_error_t, Deleter<&rd_kafka_error_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Deleter<&rd_kafka_event_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Deleter<&rd_kafka_AdminOptions_destroy>>;
// A consumer must have been closed before; destroying does not close it a second time.
struct ClientDeleter {
  void operator()(rd_kafka_t* client) const noexcept {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
using Client = std::unique_ptr<rd_kafka_t, ClientDeleter>;

// Whether a client was left to itself, with its threads, because it would not end in time. What
// exit() takes apart they may be using (OpenSSL's state: seen to end a process by SIGSEGV): such a
// process ends without it. [any]
inline std::atomic<bool> client_left_behind{false};

inline PartitionList make_list(int size_hint) {
  return PartitionList(rd_kafka_topic_partition_list_new(size_hint));
}

// "Local: Timed out (_TIMED_OUT)": text and name of an error, for people.
inline std::string describe(rd_kafka_resp_err_t error) {
  return std::string(rd_kafka_err2str(error)) + " (" + rd_kafka_err2name(error) + ")";
}

}  // namespace tidegate::kafka
