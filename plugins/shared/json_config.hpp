// SPDX-License-Identifier: Apache-2.0
//
// Reads a plugin's configuration strictly: a wrong type and an unknown key are errors that name the
// key. Thread rule: used in a constructor.
#pragma once

#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace plugins {

class JsonConfig {
 public:
  // Throws std::invalid_argument, as all functions here.
  explicit JsonConfig(std::string_view json) {
    rest_ = nlohmann::json::parse(json.empty() ? "{}" : json, nullptr, false);
    if (!rest_.is_object()) throw std::invalid_argument("plugin.config is not a JSON object");
  }

  // The value of a key; the fallback where it is missing.
  std::string text(const std::string& key, std::string fallback) {
    const auto value = take(key);
    if (value.is_null()) return fallback;
    if (!value.is_string()) refuse(key, "a text is needed");
    return value.get<std::string>();
  }
  bool flag(const std::string& key, bool fallback) {
    const auto value = take(key);
    if (value.is_null()) return fallback;
    if (!value.is_boolean()) refuse(key, "true or false is needed");
    return value.get<bool>();
  }
  std::uint64_t count(const std::string& key, std::uint64_t fallback) {
    const auto value = take(key);
    if (value.is_null()) return fallback;
    if (!value.is_number_unsigned()) refuse(key, "a whole number of 0 or more is needed");
    return value.get<std::uint64_t>();
  }
  // A share between 0 and 1.
  double ratio(const std::string& key, double fallback) {
    const auto value = take(key);
    if (value.is_null()) return fallback;
    const double share = value.is_number() ? value.get<double>() : -1;
    if (!(share >= 0 && share <= 1)) refuse(key, "a number from 0 to 1 is needed");
    return share;
  }
  // A whole number with its unit: "250ms", "2s", "1m".
  std::chrono::milliseconds duration(const std::string& key, std::chrono::milliseconds fallback) {
    const auto value = take(key);
    if (value.is_null()) return fallback;
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error == std::errc()) {
      if (unit == "ms") return std::chrono::milliseconds(number);
      if (unit == "s") return std::chrono::seconds(number);
      if (unit == "m") return std::chrono::minutes(number);
    }
    refuse(key, R"(a time with its unit is needed, such as "250ms", "2s", "1m")");
  }
  // After all keys were asked for: refuses those that nobody asked for.
  void finish() const {
    if (!rest_.empty()) refuse(rest_.begin().key(), "there is no such key");
  }
  [[noreturn]] static void refuse(const std::string& key, const std::string& what) {
    throw std::invalid_argument("plugin.config." + key + ": " + what);
  }

 private:
  nlohmann::json take(const std::string& key) {
    const auto found = rest_.find(key);
    if (found == rest_.end()) return nullptr;
    nlohmann::json value = std::move(*found);
    rest_.erase(found);
    if (value.is_null()) refuse(key, "null is no value");
    return value;
  }

  nlohmann::json rest_;
};

}  // namespace plugins
