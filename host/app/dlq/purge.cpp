// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/purge.hpp"

#include <memory>
#include <span>

#include "host/base/kafka/rights.hpp"
#include "host/route/own_topics.hpp"

namespace tidegate::dlq {
namespace {

using DeleteRecords =
    std::unique_ptr<rd_kafka_DeleteRecords_t, kafka::Deleter<&rd_kafka_DeleteRecords_destroy>>;

[[noreturn]] void refuse(const ReadClient& client, const std::string& topic,
                         const std::string& what, rd_kafka_resp_err_t error,
                         const std::string& reason) {
  if (is_passing(error)) client.unreachable(what + ": " + reason);
  std::string problem = what + " cannot be purged: " + reason;
  problem += kafka::cure_of(client.get(), error, topic, {"Delete"});
  if (error == RD_KAFKA_RESP_ERR_POLICY_VIOLATION)
    problem += "; its cleanup.policy must contain delete";
  throw std::runtime_error(problem);
}

}  // namespace

void delete_up_to_end(ReadClient& client, const std::string& topic, const Ranges& ranges) {
  const kafka::PartitionList list = kafka::make_list(0);
  for (const auto& [partition, range] : ranges) {
    if (range.begin >= range.end) continue;
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = range.end;
  }
  if (list->cnt == 0) return;
  const DeleteRecords wanted(rd_kafka_DeleteRecords_new(list.get()));
  rd_kafka_DeleteRecords_t* request = wanted.get();
  AdminCall call(client.get(), RD_KAFKA_ADMIN_OP_DELETERECORDS, client.timeout());
  rd_kafka_DeleteRecords(client.get(), &request, 1, call.options(), call.answers());
  if (const auto error = call.wait()) refuse(client, topic, "topic " + topic, error, call.reason());
  const auto* done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(call.event()));
  for (const auto& one : std::span(done->elems, static_cast<std::size_t>(done->cnt))) {
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    refuse(client, topic, "partition " + std::to_string(one.partition) + " of topic " + topic,
           one.err, kafka::describe(one.err));
  }
}

}  // namespace tidegate::dlq
