// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/names.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

#include "host/base/config/topic_pattern.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::config {
namespace {

constexpr std::size_t kLongestTopic = 249;
constexpr std::size_t kLongestGroup = 255;
constexpr std::size_t kLongestRegex = 1000;
constexpr std::string_view kRetry = ".retry.";
constexpr std::string_view kDeadLetter = ".dlq";

bool is_topic_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

bool is_blank_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20U || byte == 0x7FU;
}

std::optional<unsigned> port_of(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return port;
}

}  // namespace

NameProblem topic_problem(std::string_view topic) {
  if (topic.empty()) return "a topic needs a name";
  if (topic.front() == '^') return "a pattern belongs in topics_regex";
  if (topic == "." || topic == "..") return "Kafka does not allow this name";
  if (topic.size() > kLongestTopic) {
    return "a topic's name has at most " + std::to_string(kLongestTopic) + " characters";
  }
  if (!std::all_of(topic.begin(), topic.end(), is_topic_character)) {
    return "a topic's name is made of letters, digits, \".\", \"_\" and \"-\"";
  }
  return std::nullopt;
}

NameProblem group_problem(std::string_view group) {
  if (group.empty()) return "a group needs a name";
  if (group.size() > kLongestGroup) {
    return "a group's name has at most " + std::to_string(kLongestGroup) + " characters";
  }
  if (std::any_of(group.begin(), group.end(), is_blank_or_control)) {
    return "a group's name has no blanks and no control characters";
  }
  return std::nullopt;
}

NameProblem regex_problem(const std::string& pattern) {
  if (pattern.empty()) return "an empty pattern would match every topic; write \".*\" for that";
  if (pattern.size() > kLongestRegex) {
    return "a pattern has at most " + std::to_string(kLongestRegex) + " characters";
  }
  try {
    const TopicPattern compiled(pattern);
  } catch (const std::invalid_argument& error) {
    return std::string("is no regular expression: ") + error.what();
  }
  return std::nullopt;
}

NameProblem address_problem(std::string_view address, std::optional<std::uint16_t> lowest_port) {
  if (std::any_of(address.begin(), address.end(),
                  [](char c) { return is_blank_or_control(c) || c == ','; })) {
    return "an address has no blanks and no commas; a list has one text for each";
  }
  const std::size_t bracket = address.rfind(']');
  const std::size_t colon = address.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view host = address.substr(0, has_port ? colon : address.size());
  if (host.empty()) return "an address is written host:port";
  if (bracket == std::string_view::npos && host.find(':') != std::string_view::npos &&
      host.find("://") == std::string_view::npos) {
    return "an IPv6 address is written [address]:port";
  }
  if (!has_port) {
    return lowest_port ? NameProblem("an address is written host:port") : std::nullopt;
  }
  const auto port = port_of(address.substr(colon + 1));
  if (!port || *port < lowest_port.value_or(1)) {
    return "a port is a number from " + std::to_string(lowest_port.value_or(1)) + " to 65535";
  }
  return std::nullopt;
}

bool is_own_topic(std::string_view topic, std::string_view group) {
  if (group.empty() || topic.substr(0, group.size()) != group) return false;
  const std::string_view rest = topic.substr(group.size());
  return rest == kDeadLetter ||
         (rest.substr(0, kRetry.size()) == kRetry && parse_duration(rest.substr(kRetry.size())));
}

bool is_retry_topic(std::string_view topic) {
  const std::size_t at = topic.rfind(kRetry);
  return at != std::string_view::npos && at > 0 &&
         parse_duration(topic.substr(at + kRetry.size())).has_value();
}

std::string canonical_delay(std::chrono::milliseconds delay) { return format_duration(delay); }

std::string retry_topic(const std::string& group_id, std::chrono::milliseconds delay) {
  return group_id + std::string(kRetry) + canonical_delay(delay);
}

std::string default_dead_letter(const std::string& group_id) {
  return group_id + std::string(kDeadLetter);
}

}  // namespace tidegate::config
