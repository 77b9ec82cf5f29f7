// SPDX-License-Identifier: Apache-2.0
#include "host/consume/client_assignment.hpp"

#include <string>
#include <string_view>

#include "host/base/log.hpp"

namespace tidegate {

bool is_cooperative(rd_kafka_t* client) {
  // Null while the client ends; then all is taken away at once.
  const char* const protocol = rd_kafka_rebalance_protocol(client);
  return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void tell_client(ConsumerState& state, rd_kafka_resp_err_t error,
                 const rd_kafka_topic_partition_list_t* partitions) {
  const bool assign = error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
  rd_kafka_t* client = state.client.get();
  std::string problem;
  if (is_cooperative(client)) {
    const kafka::Error failed(assign ? rd_kafka_incremental_assign(client, partitions)
                                     : rd_kafka_incremental_unassign(client, partitions));
    if (failed != nullptr) problem = rd_kafka_error_string(failed.get());
  } else {
    const rd_kafka_resp_err_t failed = rd_kafka_assign(client, assign ? partitions : nullptr);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR) problem = kafka::describe(failed);
  }
  state.fetches_anew = true;
  if (problem.empty()) return;
  log::error("assign_failed", "the client did not take the group's assignment",
             {{"pipeline", state.pipeline.name}, {"consumer", state.index}, {"error", problem}});
}

// The client keeps our pause over a revocation, and the next epoch would never be fetched.
void lift_pauses(ConsumerState& state, const std::vector<PartitionEpochPtr>& epochs) {
  std::vector<PartitionEpochPtr> paused;
  for (const auto& epoch : epochs) {
    if (epoch->put_off || epoch->ahead_paused || epoch->ownership.resolving())
      paused.push_back(epoch);
  }
  if (paused.empty()) return;
  const kafka::PartitionList list = to_list(paused);
  const rd_kafka_resp_err_t error = rd_kafka_resume_partitions(state.client.get(), list.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    log::warn(
        "pause_failed", "partitions that are given up could not be resumed",
        {{"pipeline", state.pipeline.name}, {"pause", false}, {"error", kafka::describe(error)}});
  }
}

}  // namespace tidegate
