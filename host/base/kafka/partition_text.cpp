// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/partition_text.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <span>

namespace tidegate::kafka {

std::string to_text(const rd_kafka_topic_partition_list_t* partitions) {
  std::map<std::string, std::set<std::int32_t>> by_topic;
  for (const auto& one : std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt)))
    by_topic[one.topic].insert(one.partition);
  std::string text;
  for (const auto& [topic, numbers] : by_topic) {
    text += (text.empty() ? "" : " ") + topic;
    char before = '[';
    for (auto first = numbers.begin(); first != numbers.end(); before = ',') {
      auto last = first;
      auto next = std::next(first);
      while (next != numbers.end() && *next == *last + 1) last = next++;
      text += before + std::to_string(*first);
      if (last != first) text += '-' + std::to_string(*last);
      first = next;
    }
    text += ']';
  }
  return text;
}

}  // namespace tidegate::kafka
