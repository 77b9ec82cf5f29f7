// SPDX-License-Identifier: Apache-2.0
//
// Which topics the consumer subscribes to: those named, or those that exist and match topics_regex.
// Patterns are resolved here, not by the group protocol, and never match retry topics or dead
// letters, so that no group eats another's failures (DESIGN §5). The member that reads the group's
// retry topics looks for new ones while it runs: `tidegate dlq replay` makes one. Thread rule:
// [poll] of the owning consumer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/base/config/topic_pattern.hpp"
#include "host/consume/consumer_state.hpp"

namespace tidegate {

// Whether a name is one of a Tidegate group's own: <group>.retry.<delay> or <group>.dlq.
[[nodiscard]] bool is_own_topic(std::string_view name);

class Subscription {
 public:
  explicit Subscription(ConsumerState& state);

  // Finds the topics out; true when they are known (a pattern may match none). Blocks for a round
  // trip where a pattern is configured.
  [[nodiscard]] bool resolve();
  [[nodiscard]] const std::vector<std::string>& topics() const { return topics_; }
  // Joins the group with the topics found.
  void subscribe();
  // Looks for new topics now and then, where a pattern is configured or retry topics are read, and
  // subscribes to them. Blocks for a round trip then.
  void tick(MonotonicTime now);

 private:
  // Whether there are retry topics of the group that this member does not read yet.
  [[nodiscard]] bool find_retry_topics();
  void tell_if_silent(MonotonicTime now);

  ConsumerState& state_;
  std::vector<config::TopicPattern> patterns_;
  std::vector<std::string> topics_;
  MonotonicTime looked_at_{};
  Duration between_looks_;
  MonotonicTime silent_since_{};  // no assignment has come since, and nothing was said of it
  bool joined_ = false;           // the member of the retry topics has something to read
};

}  // namespace tidegate
