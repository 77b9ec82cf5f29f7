// SPDX-License-Identifier: Apache-2.0
//
// Rules within a pipeline (rules.hpp).
#include <charconv>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "host/base/child_user.hpp"
#include "host/base/config/check_keys.hpp"
#include "host/base/config/check_value.hpp"
#include "host/base/config/drain.hpp"
#include "host/base/config/names.hpp"
#include "host/base/config/reader.hpp"
#include "host/base/config/rules.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::config {
namespace {

// librdkafka's default of max.poll.interval.ms.
constexpr Milliseconds kPollInterval{300'000};
constexpr std::size_t kSha256Digits = 64;

class Rules {
 public:
  Rules(const Draft& draft, const Host& host, Findings& findings)
      : draft_(draft),
        pipeline_(draft.pipeline),
        host_(host),
        reader_(draft.table, "pipelines.*"),
        findings_(findings) {}

  void check() {
    check_required(draft_.table, "pipelines.*", draft_.path, draft_.place, findings_);
    names();
    subscription();
    plugin();
    worker_user();
    delivery();
    timeouts();
    bounds();
  }

 private:
  void names() {
    if (const Node* const group = reader_.written("group_id")) {
      if (const auto problem = group_problem(pipeline_.group_id)) {
        error("group_id", *group, shown(*group) + ": " + *problem);
      }
    }
    if (const Node* const topics = reader_.written("topics")) {
      each_once("topics", *topics, [this](const std::string& topic) -> NameProblem {
        if (auto problem = topic_problem(topic)) return problem;
        if (!is_own_topic(topic, pipeline_.group_id)) return std::nullopt;
        return "is a retry topic or the dead letter of this very group, which the host looks after";
      });
    }
    if (const Node* const patterns = reader_.written("topics_regex")) {
      each_once("topics_regex", *patterns, regex_problem);
    }
  }

  template <class Check>
  void each_once(std::string_view name, const Node& node, Check problem_of) {
    std::set<std::string> seen;
    const List& list = *node.as<List>();
    if (list.empty()) error(name, node, "is empty; name at least one");
    for (const Node& item : list) {
      const std::string& text = *item.as<std::string>();
      if (const auto problem = problem_of(text)) {
        error(name, item, shown(item) + ": " + *problem);
      } else if (!seen.insert(text).second) {
        error(name, item, shown(item) + " is there twice; keep one of them");
      }
    }
  }

  void subscription() {
    const Entry* const topics = find(draft_.table, "topics");
    const Entry* const patterns = find(draft_.table, "topics_regex");
    if (topics == nullptr && patterns == nullptr) {
      findings_.error(
          draft_.place, draft_.path + ".topics",
          "is required; write topics = [\"orders.v1\"] or topics_regex = [\"^orders\"]");
    } else if (topics != nullptr && patterns != nullptr) {
      findings_.error(patterns->place, draft_.path + ".topics_regex",
                      "topics is set too; a pipeline has either of them. Use two pipelines, or one "
                      "pattern for all");
    }
  }

  void plugin() {
    if (const Node* const path = reader_.written("plugin.path")) {
      if (path->as<std::string>()->empty()) error("plugin.path", *path, "is empty");
    }
    const Node* const pin = reader_.written("plugin.sha256");
    if (pin == nullptr || pipeline_.plugin.sha256.empty()) return;
    const std::string& digits = pipeline_.plugin.sha256;
    if (digits.size() != kSha256Digits ||
        digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
      error("plugin.sha256", *pin,
            "is no SHA-256: 64 hexadecimal digits, as sha256sum prints them");
    }
  }

  // Not passed over in silence: whoever writes it counts on it. Whether there is such a user is
  // found where the plugin is tried, on the machine that is to run it.
  void worker_user() {
    const Node* const user = reader_.written("worker.user");
    if (user == nullptr || pipeline_.worker.user.empty()) return;
    if (const auto problem = child_user_problem(pipeline_.worker.user)) {
      error("worker.user", *user, shown(*user) + ": " + *problem);
    } else if (pipeline_.isolation == Isolation::thread) {
      error(
          "worker.user", *user,
          "isolation = \"thread\" runs the plugin in the host, as the host's user; write isolation "
          "= \"process\", or remove it");
    }
  }

  void delivery() {
    if (pipeline_.delivery == Delivery::exactly_once) {
      committed_only();
      not_in_place();
    }
    if (pipeline_.delivery != Delivery::at_most_once) return;
    // Looked at although it may have a finding already: this one is about the pair.
    const Entry* const mode = find_path(draft_.table, "retry.mode");
    const auto* const text = mode == nullptr ? nullptr : mode->value.as<std::string>();
    if (text != nullptr && *text != "none") {
      error("retry.mode", mode->value,
            "delivery = \"at_most_once\" makes no second attempt; remove it, or use at_least_once");
    }
  }

  void not_in_place() {
    const Entry* const mode = find_path(draft_.table, "retry.mode");
    if (pipeline_.retry.mode != RetryMode::in_place || mode == nullptr) return;
    error("retry.mode", mode->value,
          "\"in_place\" does not go together with delivery = \"exactly_once\" yet: a message that "
          "waits would hold its partition's transactions; use \"topic\"");
  }

  // What is read before its transaction is committed may never have been.
  void committed_only() {
    const auto isolation = pipeline_.consumer.find("isolation.level");
    if (isolation == pipeline_.consumer.end() || isolation->second != "read_uncommitted") return;
    const Table& consumer = *find(draft_.table, "consumer")->value.as<Table>();
    const Entry* const written = find(consumer, "isolation.level");
    if (written == nullptr) return;  // it came with the cluster's properties
    findings_.error(written->value.place, draft_.path + ".consumer.\"isolation.level\"",
                    "delivery = \"exactly_once\" reads what is committed only; remove it");
  }

  void timeouts() {
    const Milliseconds drain = pipeline_.drain_timeout;
    const Milliseconds poll = poll_interval();
    if (drain + kForTheLastCommit >= poll) {
      findings_.error(reader_.place("drain_timeout", draft_.place), draft_.path + ".drain_timeout",
                      "must be shorter than max.poll.interval.ms (" + format_duration(poll) +
                          ") by more than " + format_duration(kForTheLastCommit) +
                          ", which the last commit may take: while a consumer drains it does not "
                          "poll, and the group would expel it");
    }
    // Only of what the operator wrote: a default of ours that another value outdoes is no mistake.
    const Node* const written = reader_.written("drain_timeout");
    if (written != nullptr && drain > host_.shutdown_timeout) {
      findings_.warning(
          reader_.place("drain_timeout", draft_.place), draft_.path + ".drain_timeout",
          "is longer than host.shutdown_timeout (" + format_duration(host_.shutdown_timeout) +
              "), which ends the drain at a stop");
    }
    const Node* const soft = reader_.written("handler_soft_timeout");
    if (soft != nullptr && pipeline_.handler_soft_timeout > pipeline_.handler_timeout) {
      findings_.warning(soft->place, draft_.path + ".handler_soft_timeout",
                        "is longer than handler_timeout (" +
                            format_duration(pipeline_.handler_timeout) +
                            "), so it warns of nothing");
    }
  }

  void bounds() {
    const Node* const batch = reader_.written("batch.max_messages");
    if (batch != nullptr && pipeline_.batch.max_messages > pipeline_.max_in_flight_messages) {
      findings_.warning(batch->place, draft_.path + ".batch.max_messages",
                        "is more than max_in_flight_messages (" +
                            std::to_string(pipeline_.max_in_flight_messages) +
                            "), so no batch ever gets that large");
    }
    if (pipeline_.max_in_flight_messages < pipeline_.consumers) {
      findings_.error(reader_.place("max_in_flight_messages", draft_.place),
                      draft_.path + ".max_in_flight_messages",
                      "is shared by the consumers; it must be at least their number (" +
                          std::to_string(pipeline_.consumers) + ")");
    }
  }

  Milliseconds poll_interval() const {
    const auto at = pipeline_.consumer.find("max.poll.interval.ms");
    if (at == pipeline_.consumer.end()) return kPollInterval;
    std::int64_t ms = 0;
    const char* const end = at->second.data() + at->second.size();
    // librdkafka has already judged the value.
    return std::from_chars(at->second.data(), end, ms).ec == std::errc{} ? Milliseconds(ms)
                                                                         : kPollInterval;
  }

  void error(std::string_view name, const Node& node, std::string message) {
    findings_.error(node.place, draft_.path + '.' + std::string(name), std::move(message));
  }

  const Draft& draft_;
  const Pipeline& pipeline_;
  const Host& host_;
  const Reader reader_;
  Findings& findings_;
};

}  // namespace

void check_pipeline_rules(const Draft& draft, const Host& host, Findings& findings) {
  Rules(draft, host, findings).check();
}

}  // namespace tidegate::config
