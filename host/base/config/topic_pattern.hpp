// SPDX-License-Identifier: Apache-2.0
//
// One pattern of topics_regex: a POSIX extended regular expression, as librdkafka's own patterns
// are. Found anywhere in the name unless anchored. Thread rule: matches on [any].
#pragma once

#include <regex.h>

#include <memory>
#include <string>

namespace tidegate::config {

class TopicPattern {
 public:
  // Throws std::invalid_argument with the reason where it is no such expression.
  explicit TopicPattern(const std::string& pattern);

  [[nodiscard]] bool matches(const std::string& topic) const;

 private:
  struct Deleter {
    void operator()(regex_t* compiled) const noexcept;
  };
  std::unique_ptr<regex_t, Deleter> compiled_;
};

}  // namespace tidegate::config
