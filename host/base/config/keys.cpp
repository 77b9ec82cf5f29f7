// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/keys.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidegate::config {
namespace {

constexpr auto kSections = std::to_array<Section>({
    {"", ""},
    {"host", "the process"},
    {"log", "lines on stderr"},
    {"admin", "the HTTP server for metrics and health"},
    {"metrics", ""},
    {"clusters.*", "a Kafka cluster; \"main\" is a name of your choice"},
    {"clusters.*.librdkafka", ""},
    {"defaults", "any key of a pipeline; merged under every pipeline"},
    {"pipelines.*", "group id + topics + plugin + policies; \"orders\" is a name of your choice"},
    {"pipelines.*.plugin", "the handler"},
    {"pipelines.*.plugin.probation", "a version that was swapped in and fails is taken back"},
    {"pipelines.*.plugin.config", ""},
    {"pipelines.*.batch", "for plugins with handle_batch"},
    {"pipelines.*.retry", "a message whose handler call failed"},
    {"pipelines.*.dead_letter", "a message that is out of retries"},
    {"pipelines.*.commit", "when positions are sent"},
    {"pipelines.*.transaction", "delivery = \"exactly_once\""},
    {"pipelines.*.worker", "isolation = \"process\""},
    {"pipelines.*.consumer", ""},
    {"pipelines.*.producer", ""},
});

// What comparable settings are called by the usual Python consumer and by librdkafka's users.
constexpr auto kElsewhere = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"consumer_count", "pipelines.*.consumers"},
    {"workers", "pipelines.*.concurrency"},
    {"threads", "pipelines.*.concurrency"},
    {"batch_size", "pipelines.*.batch.max_messages"},
    {"reset_type", "pipelines.*.start_offset"},
    {"auto_offset_reset", "pipelines.*.start_offset"},
    {"retry_count", "pipelines.*.retry.max_retries"},
    {"retries", "pipelines.*.retry.max_retries"},
    {"base_mode", "pipelines.*.retry.mode"},
    {"auto_commit", "pipelines.*.commit.mode"},
    {"enable_auto_commit", "pipelines.*.commit.mode"},
    {"group", "pipelines.*.group_id"},
    {"topic", "pipelines.*.topics"},
    {"brokers", "clusters.*.bootstrap_servers"},
    {"timeout", "pipelines.*.batch.max_wait"},
});

bool is_below(std::string_view path, std::string_view section) {
  if (section.empty()) return true;
  return path.size() > section.size() && path.substr(0, section.size()) == section &&
         path[section.size()] == '.';
}

void add_once(std::vector<std::string_view>& list, std::string_view item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

std::span<const Section> all_sections() { return kSections; }

const Key* find_key(std::string_view pattern) {
  const auto keys = all_keys();
  const auto at =
      std::find_if(keys.begin(), keys.end(), [&](const Key& key) { return key.path == pattern; });
  return at == keys.end() ? nullptr : &*at;
}

bool is_section(std::string_view pattern) {
  if (pattern == "defaults") return true;
  const auto keys = all_keys();
  return std::any_of(keys.begin(), keys.end(),
                     [&](const Key& key) { return is_below(key.path, pattern); });
}

std::vector<std::string_view> names_below(std::string_view pattern) {
  std::vector<std::string_view> result;
  for (const Key& key : all_keys()) {
    if (!is_below(key.path, pattern)) continue;
    const std::string_view rest = key.path.substr(pattern.empty() ? 0 : pattern.size() + 1);
    add_once(result, rest.substr(0, rest.find('.')));
  }
  if (pattern.empty()) add_once(result, "defaults");
  return result;
}

std::vector<std::string_view> patterns_named(std::string_view name) {
  std::vector<std::string_view> result;
  for (const Key& key : all_keys()) {
    for (std::string_view path = key.path; !path.empty(); path = parent_of(path)) {
      if (last_step(path) == name) add_once(result, path);
    }
  }
  return result;
}

std::string_view known_elsewhere_as(std::string_view name) {
  for (const auto& [theirs, ours] : kElsewhere) {
    if (theirs == name) return ours;
  }
  return {};
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> result;
  while (!choices.empty()) {
    const std::size_t bar = choices.find('|');
    result.push_back(choices.substr(0, bar));
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return result;
}

std::string_view last_step(std::string_view pattern) {
  const std::size_t dot = pattern.rfind('.');
  return dot == std::string_view::npos ? pattern : pattern.substr(dot + 1);
}

std::string_view parent_of(std::string_view pattern) {
  const std::size_t dot = pattern.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : pattern.substr(0, dot);
}

}  // namespace tidegate::config
