// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/topic_pattern.hpp"

#include <array>
#include <stdexcept>

namespace tidegate::config {

TopicPattern::TopicPattern(const std::string& pattern) {
  // Taken for a plain "d" by POSIX, which would match other topics than those that were meant.
  if (pattern.find("\\d") != std::string::npos) {
    throw std::invalid_argument("POSIX expressions have no \\d; write [0-9]");
  }
  auto compiled = std::make_unique<regex_t>();
  const int error = regcomp(compiled.get(), pattern.c_str(), REG_EXTENDED | REG_NOSUB);
  if (error != 0) {
    std::array<char, 256> reason{};
    regerror(error, compiled.get(), reason.data(), reason.size());
    throw std::invalid_argument(reason.data());
  }
  compiled_.reset(compiled.release());
}

bool TopicPattern::matches(const std::string& topic) const {
  return regexec(compiled_.get(), topic.c_str(), 0, nullptr, 0) == 0;
}

void TopicPattern::Deleter::operator()(regex_t* compiled) const noexcept {
  regfree(compiled);
  delete compiled;
}

}  // namespace tidegate::config
