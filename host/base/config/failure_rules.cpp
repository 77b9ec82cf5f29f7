// SPDX-License-Identifier: Apache-2.0
//
// Rules about what becomes of failed messages (rules.hpp).
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "host/base/config/check_value.hpp"
#include "host/base/config/names.hpp"
#include "host/base/config/reader.hpp"
#include "host/base/config/rules.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {
namespace {

class FailureRules {
 public:
  FailureRules(const Draft& draft, Findings& findings)
      : draft_(draft),
        pipeline_(draft.pipeline),
        reader_(draft.table, "pipelines.*"),
        group_(reader_.written("group_id")),
        findings_(findings) {
    // It has a finding of its own; what follows from it needs none.
    if (group_ != nullptr && group_problem(pipeline_.group_id)) group_ = nullptr;
  }

  void check() {
    retry();
    dead_letter();
    acks();
  }

 private:
  void retry() {
    const Node* const factor = reader_.written("retry.replication_factor");
    if (factor != nullptr && pipeline_.retry.replication_factor == 0) {
      error("retry.replication_factor", *factor,
            "must be at least 1, or -1 for the broker's default");
    }
    if (pipeline_.retry.mode == RetryMode::none) return;
    const Node* const delays = reader_.written("retry.delays");
    if (delays != nullptr && delays->as<List>()->empty()) {
      error("retry.delays", *delays, "is empty; name at least one, or write retry.mode = \"none\"");
    }
    if (pipeline_.retry.mode == RetryMode::topic && group_ != nullptr) retry_topics(delays);
  }

  // One finding for all delays: the cure is the same. The group id is not part of it, for it may
  // have come from a variable.
  void retry_topics(const Node* written) {
    // Not those of the default where the operator's have a finding.
    if (written == nullptr && find_path(draft_.table, "retry.delays") != nullptr) return;
    for (std::size_t i = 0; i < pipeline_.retry.delays.size(); ++i) {
      const Milliseconds delay = pipeline_.retry.delays[i];
      const auto problem = topic_problem(retry_topic(pipeline_.group_id, delay));
      if (!problem) continue;
      const bool hidden = written != nullptr && (*written->as<List>())[i].from_variable;
      error("group_id", *group_,
            "its retry topic <group_id>.retry." + (hidden ? "<delay>" : canonical_delay(delay)) +
                " would have no legal name: " + *problem +
                "; use another group_id, or write retry.mode = \"none\"");
      return;
    }
  }

  void dead_letter() {
    const Node* const topic = reader_.written("dead_letter.topic");
    if (!pipeline_.dead_letter.enabled) {
      if (topic == nullptr) return;
      findings_.warning(topic->place, draft_.path + ".dead_letter.topic",
                        "is not used, because dead_letter.enabled is false; remove one of them");
      return;
    }
    if (topic != nullptr) {
      if (const NameProblem problem = dead_letter_problem()) {
        error("dead_letter.topic", *topic, shown(*topic) + ": " + *problem);
      }
    } else if (find_path(draft_.table, "dead_letter.topic") == nullptr && group_ != nullptr) {
      if (const NameProblem problem = topic_problem(pipeline_.dead_letter.topic)) {
        error("group_id", *group_,
              "its dead letter " + default_dead_letter("<group_id>") +
                  " would have no legal name: " + *problem +
                  "; name one by dead_letter.topic, or use another group_id");
      }
    }
  }

  [[nodiscard]] NameProblem dead_letter_problem() const {
    const std::string& topic = pipeline_.dead_letter.topic;
    if (NameProblem problem = topic_problem(topic)) return problem;
    if (is_retry_topic(topic)) {
      return "is the name of a retry topic, whose group would handle the dead letters again; name "
             "another topic";
    }
    const auto& topics = pipeline_.topics;
    if (std::find(topics.begin(), topics.end(), topic) == topics.end()) return std::nullopt;
    return "is one of topics too, and each dead letter would be handled again; name another topic";
  }

  void acks() {
    const kafka::Acks acks = kafka::acks_of(pipeline_.producer);
    if (acks == kafka::Acks::all) return;
    const Table& producer = *find(draft_.table, "producer")->value.as<Table>();
    const Entry* written = find(producer, "acks");
    if (written == nullptr) written = find(producer, "request.required.acks");
    if (pipeline_.delivery == Delivery::exactly_once) {
      findings_.error(written->value.place, join_path(draft_.path + ".producer", written->name),
                      "is not possible with delivery = \"exactly_once\", whose transactions need "
                      "\"all\"; remove it");
      return;
    }
    std::string given_up =
        acks == kafka::Acks::none
            ? "gives up that retries and dead letters arrive: no broker confirms "
              "them, and a message whose copy is lost on the way is lost"
            : "gives up that retries and dead letters outlive their leader: a "
              "message whose copy only a lost broker had is lost";
    given_up +=
        "; idempotence is off too, so a copy can be written twice. \"all\" gives up neither";
    findings_.warning(written->value.place, join_path(draft_.path + ".producer", written->name),
                      std::move(given_up));
  }

  void error(std::string_view name, const Node& node, std::string message) {
    findings_.error(node.place, draft_.path + '.' + std::string(name), std::move(message));
  }

  const Draft& draft_;
  const Pipeline& pipeline_;
  const Reader reader_;
  const Node* group_;  // null where it is missing or no group id
  Findings& findings_;
};

}  // namespace

void check_failure_rules(const Draft& draft, Findings& findings) {
  FailureRules(draft, findings).check();
}

}  // namespace tidegate::config
