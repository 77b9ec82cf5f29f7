// SPDX-License-Identifier: Apache-2.0
//
// What the group had when this host started: in which topics it had positions, and how many
// partitions each topic had. With it the host decides where a partition without a position begins
// (DESIGN §3): a partition of a topic the group already worked on, or one that was added since,
// begins at its first message, else messages would be passed over; only a truly new start follows
// `start_offset`. Shared by the consumers of one pipeline: the first one asks, the others wait for
// it, because once one of them has committed, the answer would be another. Thread rule: [any]; the
// questions block.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "host/base/config/model.hpp"
#include "host/base/kafka/handles.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class GroupHistory {
 public:
  // Asks the brokers once about topics; an error text, or empty when it is known now.
  [[nodiscard]] std::string learn(rd_kafka_t* client, const std::vector<std::string>& topics);
  [[nodiscard]] bool known() const;

  // Where a partition without a position begins.
  [[nodiscard]] config::StartOffset start_of(const std::string& topic, std::int32_t partition,
                                             const config::StartOffset& configured) const;

 private:
  struct Topic {
    std::int32_t partitions = 0;  // 0: it did not exist
    bool had_positions = false;
  };
  mutable Mutex mutex_;
  std::optional<std::map<std::string, Topic, std::less<>>> topics_ TIDEGATE_GUARDED_BY(mutex_);
};

}  // namespace tidegate
