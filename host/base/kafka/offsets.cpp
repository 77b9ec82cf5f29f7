// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/offsets.hpp"

#include <memory>
#include <span>

#include "host/base/kafka/rights.hpp"

namespace tidegate::kafka {
namespace {

using Metadata =
    std::unique_ptr<const struct rd_kafka_metadata, Deleter<&rd_kafka_metadata_destroy>>;
using TopicHandle = std::unique_ptr<rd_kafka_topic_t, Deleter<&rd_kafka_topic_destroy>>;

struct FreeText {
  void operator()(char* text) const { rd_kafka_mem_free(nullptr, text); }
};
using Text = std::unique_ptr<char, FreeText>;

int milliseconds(std::chrono::milliseconds timeout) { return static_cast<int>(timeout.count()); }

// The text of an error, with its cure where a right is lacking.
template <class T>
void refuse(Answer<T>& answer, rd_kafka_t* client, const std::string& what,
            rd_kafka_resp_err_t error, std::string_view topic) {
  answer.error = what + describe(error) + cure_of(client, error, topic);
  answer.denied = is_denied(error);
}

std::string describe_place(const rd_kafka_topic_partition_t& partition) {
  return std::string(partition.topic) + "/" + std::to_string(partition.partition);
}

}  // namespace

Answer<std::map<Place, Committed>> committed_positions(rd_kafka_t* client,
                                                       const rd_kafka_topic_partition_list_t* list,
                                                       std::chrono::milliseconds timeout) {
  Answer<std::map<Place, Committed>> answer;
  const PartitionList copy(rd_kafka_topic_partition_list_copy(list));
  const rd_kafka_resp_err_t error = rd_kafka_committed(client, copy.get(), milliseconds(timeout));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    refuse(answer, client, "", error, "");
    return answer;
  }
  for (const auto& partition : std::span(copy->elems, static_cast<std::size_t>(copy->cnt))) {
    if (partition.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      refuse(answer, client, describe_place(partition) + ": ", partition.err, partition.topic);
    } else if (partition.offset >= 0) {
      answer.value[{partition.topic, partition.partition}] = {
          partition.offset,
          std::string(static_cast<const char*>(partition.metadata), partition.metadata_size)};
    }
  }
  return answer;
}

Answer<std::map<Place, std::int64_t>> committed_offsets(rd_kafka_t* client,
                                                        const rd_kafka_topic_partition_list_t* list,
                                                        std::chrono::milliseconds timeout) {
  const auto positions = committed_positions(client, list, timeout);
  Answer<std::map<Place, std::int64_t>> answer{{}, positions.error, positions.denied};
  for (const auto& [place, committed] : positions.value) answer.value[place] = committed.offset;
  return answer;
}

std::string cluster_id(rd_kafka_t* client, std::chrono::milliseconds timeout) {
  const Text id(rd_kafka_clusterid(client, milliseconds(timeout)));
  return id == nullptr ? std::string() : std::string(id.get());
}

void ask_offsets(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list,
                 std::chrono::milliseconds timeout, rd_kafka_queue_t* answers,
                 rd_kafka_IsolationLevel_t isolation) {
  const AdminOptions options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_LISTOFFSETS));
  char text[256];
  // Both can only fail for values out of range, which these are not.
  (void)rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds(timeout), text,
                                                  sizeof text);
  const Error refused(rd_kafka_AdminOptions_set_isolation_level(options.get(), isolation));
  rd_kafka_ListOffsets(client, list, options.get(), answers);
}

std::map<Place, std::int64_t> offsets_of(rd_kafka_event_t* event) {
  std::map<Place, std::int64_t> offsets;
  const rd_kafka_ListOffsets_result_t* result = rd_kafka_event_ListOffsets_result(event);
  if (result == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return offsets;
  std::size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(result, &count);
  for (const auto* info : std::span(infos, count)) {
    const rd_kafka_topic_partition_t* partition =
        rd_kafka_ListOffsetsResultInfo_topic_partition(info);
    if (partition->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    offsets[{partition->topic, partition->partition}] = partition->offset;
  }
  return offsets;
}

Answer<std::map<Place, std::int64_t>> list_offsets(rd_kafka_t* client,
                                                   rd_kafka_topic_partition_list_t* list,
                                                   std::chrono::milliseconds timeout,
                                                   rd_kafka_IsolationLevel_t isolation) {
  Answer<std::map<Place, std::int64_t>> answer;
  const Queue queue(rd_kafka_queue_new(client));
  ask_offsets(client, list, timeout, queue.get(), isolation);
  const Event event(rd_kafka_queue_poll(queue.get(), milliseconds(timeout)));
  if (event == nullptr) {
    answer.error = "no answer in time";
    return answer;
  }
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    answer.error = rd_kafka_event_error_string(event.get());
    return answer;
  }
  answer.value = offsets_of(event.get());
  if (answer.value.size() != static_cast<std::size_t>(list->cnt)) {
    answer.error = "offsets of only " + std::to_string(answer.value.size()) + " of " +
                   std::to_string(list->cnt) + " partitions are known";
  }
  return answer;
}

Answer<std::map<std::string, std::int32_t>> topic_partitions(
    rd_kafka_t* client, const std::optional<std::string>& topic,
    std::chrono::milliseconds timeout) {
  Answer<std::map<std::string, std::int32_t>> answer;
  const TopicHandle handle(topic ? rd_kafka_topic_new(client, topic->c_str(), nullptr) : nullptr);
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, topic ? 0 : 1, handle.get(), &raw, milliseconds(timeout));
  const Metadata metadata(raw);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    refuse(answer, client, "", error, "");
    return answer;
  }
  for (const auto& one :
       std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
    // A topic that does not exist (yet) is simply not there; it may be made later.
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) answer.value[one.topic] = one.partition_cnt;
    else if (one.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      refuse(answer, client, std::string(one.topic) + ": ", one.err, one.topic);
  }
  return answer;
}

}  // namespace tidegate::kafka
