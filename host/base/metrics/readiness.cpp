// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate::metrics {
namespace {

// At most three, so that the line stays one.
std::string stalled_partitions(const PipelineSnapshot& pipeline) {
  std::string text;
  int count = 0;
  for (const auto& topic : pipeline.totals.topics) {
    for (const auto& partition : topic.partitions) {
      if (!stands_still(partition)) continue;
      if (++count <= 3) {
        text += (text.empty() ? "" : ", ") + topic.topic + "/" +
                std::to_string(partition.partition) + " at offset " +
                std::to_string(partition.reads_at) + " (" + std::string(name(*partition.not_read)) +
                ")";
      }
    }
  }
  return count > 3 ? text + " and " + std::to_string(count - 3) + " more" : text;
}

// Why a pipeline is not ready; empty: it is.
std::string not_ready_reason(const PipelineSnapshot& pipeline) {
  switch (pipeline.state) {
    case PipelineState::running:
    case PipelineState::paused:
      if (pipeline.totals.has_assignment) return {};
      return "waits for its assignment by group " + pipeline.group_id +
             "; brokers and topics must be reachable";
    case PipelineState::stalled:
      return "is stalled: nothing comes of " + stalled_partitions(pipeline) +
             " although there is more to read; it goes on trying";
    case PipelineState::starting: return "is starting";
    case PipelineState::draining: return "is draining";
    case PipelineState::failed: return "failed: " + pipeline.failure;
    case PipelineState::stopped: return "is stopped";
  }
  return "is in an unknown state";
}

}  // namespace

std::vector<std::string> not_ready_reasons(const HostSnapshot& host) {
  std::vector<std::string> reasons;
  if (host.draining) reasons.emplace_back("the host is draining: it was told to stop");
  if (host.pipelines.empty()) reasons.emplace_back("no pipeline has been started yet");
  for (const auto& pipeline : host.pipelines) {
    const auto reason = not_ready_reason(pipeline);
    if (!reason.empty()) reasons.push_back("pipeline " + pipeline.name + " " + reason);
  }
  return reasons;
}

}  // namespace tidegate::metrics
