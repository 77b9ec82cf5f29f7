// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/sample_file.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/app/workbench/answer.hpp"
#include "host/app/workbench/bytes_text.hpp"

namespace tidegate::workbench {
namespace {

using nlohmann::json;

// "timestamp" and the rest are what dlq show adds.
constexpr std::array<std::string_view, 16> kKeys = {
    "key",     "key_base64", "key_hex",  "value",      "value_base64", "value_hex",
    "headers", "topic",      "offset",   "partition",  "timestamp_ms", "attempt",
    "expect",  "timestamp",  "tidegate", "value_bytes"};

[[noreturn]] void refuse(const std::string& what) { throw SampleError(what); }

// A text as it stands; anything else as JSON.
std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string decoded(const json& written, const std::string& name,
                    std::optional<std::string> (*decode)(std::string_view), const char* what) {
  if (!written.is_string()) refuse("\"" + name + "\" is no text");
  auto bytes = decode(written.get<std::string>());
  if (!bytes) refuse("\"" + name + "\" is not " + what);
  return std::move(*bytes);
}

// The bytes under a name in one of its three forms.
std::optional<std::string> bytes_of(const json& object, const std::string& name) {
  const std::string base64 = name + "_base64";
  const std::string hex = name + "_hex";
  const auto forms = object.count(name) + object.count(base64) + object.count(hex);
  if (forms > 1) refuse("\"" + name + "\" is written in more than one form");
  if (object.contains(base64))
    return decoded(object[base64], base64, &from_base64, "base64 (RFC 4648)");
  if (object.contains(hex))
    return decoded(object[hex], hex, &from_hex, "hexadecimal, two digits a byte");
  if (forms == 0 || object[name].is_null()) return std::nullopt;
  return text_of(object[name]);
}

template <class Number>
Number number_of(const json& object, const char* name, Number fallback, std::int64_t low,
                 std::int64_t high) {
  if (!object.contains(name)) return fallback;
  const json& value = object[name];
  if (!value.is_number_integer() || value.get<std::int64_t>() < low ||
      value.get<std::int64_t>() > high) {
    refuse("\"" + std::string(name) + "\" is no whole number from " + std::to_string(low) + " to " +
           std::to_string(high));
  }
  return value.get<Number>();
}

std::vector<SampleHeader> headers_of(const json& written) {
  std::vector<SampleHeader> headers;
  if (written.is_object()) {
    for (const auto& [name, value] : written.items()) {
      headers.push_back({name, value.is_null() ? std::nullopt : std::optional(text_of(value))});
    }
    return headers;
  }
  if (!written.is_array()) refuse("\"headers\" is neither an object nor a list");
  for (const json& header : written) {
    if (!header.is_object() || !header.contains("name") || !header["name"].is_string())
      refuse("a header of the list is no object with a \"name\"");
    headers.push_back({header["name"].get<std::string>(), bytes_of(header, "value")});
  }
  return headers;
}

void check_keys(const json& object) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
      refuse("there is no key \"" + key + "\"; tidegate plugin test --help lists them");
  }
}

}  // namespace

Sample parse_sample(std::string_view line, std::int64_t number) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) refuse("this is no JSON object; write one message a line");
  check_keys(object);
  Sample sample;
  sample.key = bytes_of(object, "key");
  sample.value = bytes_of(object, "value");
  if (object.contains("headers")) sample.headers = headers_of(object["headers"]);
  if (object.contains("topic")) sample.topic = text_of(object["topic"]);
  sample.partition = number_of<std::int32_t>(object, "partition", 0, 0, INT32_MAX);
  sample.offset = number_of(object, "offset", number, 0, INT64_MAX);
  sample.timestamp_ms = number_of<std::int64_t>(object, "timestamp_ms", -1, -1, INT64_MAX);
  sample.attempt = number_of<std::uint32_t>(object, "attempt", 1, 1, INT32_MAX);
  if (object.contains("expect")) {
    sample.expect = text_of(object["expect"]);
    if (!is_answer_name(sample.expect)) refuse("\"expect\" is none of " + answer_names());
  }
  return sample;
}

std::vector<Sample> read_samples(std::istream& stream, const std::string& name) {
  std::vector<Sample> samples;
  std::string line;
  for (std::uint32_t number = 1; std::getline(stream, line); ++number) {
    const std::size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string::npos || line[begin] == '#') continue;
    try {
      samples.push_back(parse_sample(line, static_cast<std::int64_t>(samples.size())));
    } catch (const SampleError& error) {
      throw SampleError(name + ":" + std::to_string(number) + ": " + error.what());
    }
    samples.back().line = number;
  }
  if (samples.empty()) throw SampleError(name + ": there is no message in it");
  return samples;
}

}  // namespace tidegate::workbench
