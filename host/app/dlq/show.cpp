// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/show.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "host/app/dlq/text.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate::dlq {
namespace {

using nlohmann::ordered_json;

void line(std::string& text, std::string_view name, std::string_view value) {
  constexpr std::size_t kWidth = 10;
  text += "  ";
  text.append(name).append(name.size() < kWidth ? kWidth - name.size() : 1, ' ');
  text.append(value) += '\n';
}

std::string bytes_text(kafka::Bytes bytes) {
  return bytes.data() == nullptr ? "(none)" : printable(bytes);
}

// A payload as JSON, where it is that. Printing goes down into each level, so what is nested deeper
// than anybody reads is taken for text.
std::optional<ordered_json> parsed_payload(kafka::Bytes value) {
  constexpr int kDeepest = 500;
  int depth = 0;
  for (const char c : value) {
    if (c == '[' || c == '{') ++depth;
    else if (c == ']' || c == '}') --depth;
    if (depth > kDeepest) return std::nullopt;
  }
  auto parsed = ordered_json::parse(value, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

// A header of ours as it stands, or "-".
std::string ours(const DeadLetter& letter, std::string_view name) {
  const std::string_view value = letter.text(name);
  return value.empty() ? "-" : printable(value);
}

std::string time_of(const DeadLetter& letter, std::string_view name) {
  return time_text(letter.number<std::int64_t>(name).value_or(-1));
}

std::string payload_text(kafka::Bytes value, Payload payload) {
  if (value.data() == nullptr) return "(none)";
  if (payload == Payload::none) return std::to_string(value.size()) + " bytes";
  if (payload == Payload::hex) return hex(value);
  if (payload == Payload::json) {
    // Escaped beyond ASCII, so that no control character reaches the terminal.
    if (const auto parsed = parsed_payload(value)) return '\n' + parsed->dump(2, ' ', true);
  }
  return printable(value);
}

void put_payload(ordered_json& object, kafka::Bytes value, Payload payload) {
  object["value_bytes"] = value.data() == nullptr ? ordered_json() : ordered_json(value.size());
  if (payload == Payload::none) return;
  if (payload == Payload::hex && value.data() != nullptr) {
    object["value_hex"] = hex(value);
    return;
  }
  if (payload == Payload::json && value.data() != nullptr) {
    if (auto parsed = parsed_payload(value)) {
      object["value"] = std::move(*parsed);
      return;
    }
  }
  put_bytes(object, "value", value);
}

ordered_json own_headers(const DeadLetter& letter) {
  ordered_json object = ordered_json::object();
  for (const auto& [name, value] : letter.ours)
    put_bytes(object, printable(name.substr(header::kPrefix.size())), value);
  return object;
}

}  // namespace

std::string block_of(const DeadLetter& letter, Payload payload) {
  std::string text = letter.place() + "  " + time_text(letter.timestamp_ms()) + "\n";
  const std::string_view error = letter.text(header::kError);
  line(text, "error",
       ours(letter, header::kErrorKind) + (error.empty() ? "" : ": " + printable(error)));
  line(text, "origin",
       ours(letter, header::kOriginTopic) + "/" + ours(letter, header::kOriginPartition) + "@" +
           ours(letter, header::kOriginOffset) + "  " + time_of(letter, header::kOriginTimestamp));
  line(text, "attempts",
       ours(letter, header::kAttempt) + ", the first failure at " +
           time_of(letter, header::kFirstFailure) + ", replays " + ours(letter, header::kReplays));
  line(text, "pipeline",
       ours(letter, header::kPipeline) + ", group " + ours(letter, header::kGroup) + ", plugin " +
           ours(letter, header::kPlugin));
  const bool readable = header::for_each(letter.message, [&](const header::Header& one) {
    if (!is_own_header(one.name))
      line(text, "header", printable(one.name) + ": " + bytes_text(one.value));
  });
  if (!readable) line(text, "header", "(damaged)");
  line(text, "key", bytes_text(letter.message.key()));
  line(text, "value", payload_text(letter.message.value(), payload));
  return text + "\n";
}

std::string json_of(const DeadLetter& letter, Payload payload) {
  ordered_json object = {{"topic", letter.topic},
                         {"partition", letter.partition},
                         {"offset", letter.offset},
                         {"timestamp", time_text(letter.timestamp_ms())},
                         {"timestamp_ms", letter.timestamp_ms()},
                         {"tidegate", own_headers(letter)}};
  ordered_json headers = ordered_json::array();
  (void)header::for_each(letter.message, [&](const header::Header& one) {
    if (is_own_header(one.name)) return;
    ordered_json header = {{"name", printable(one.name)}};
    put_bytes(header, "value", one.value);
    headers.push_back(std::move(header));
  });
  object["headers"] = std::move(headers);
  put_bytes(object, "key", letter.message.key());
  put_payload(object, letter.message.value(), payload);
  // A number or text inside a payload taken as JSON may still be no UTF-8.
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Shown show(std::ostream& out, ReadClient& client, const std::string& topic, const Ranges& ranges,
           const Filter& filter, const ShowOptions& options, Format format) {
  const auto print = [&](const DeadLetter& letter) {
    if (format == Format::json) out << json_of(letter, options.payload) << "\n";
    else out << block_of(letter, options.payload);
  };
  const std::int64_t now_ms = system_clock().wall().time_since_epoch().count();
  Shown shown;
  std::map<std::tuple<std::int64_t, std::int32_t, std::int64_t>, DeadLetter> newest;
  Reader reader(client, topic, narrowed(ranges, filter));
  while (!reader.done()) {
    auto letter = reader.next(kReadWait);
    if (!letter || !matches(filter, *letter, now_ms)) continue;
    ++shown.matching;
    if (options.limit == 0) {
      print(*letter);
      continue;
    }
    letter->message.copy_out();  // it may be held long, and must not pin a fetch buffer
    newest.emplace(std::tuple(letter->timestamp_ms(), letter->partition, letter->offset),
                   std::move(*letter));
    if (newest.size() > options.limit) newest.erase(newest.begin());
  }
  for (const auto& one : newest) print(one.second);
  shown.printed = options.limit == 0 ? shown.matching : newest.size();
  return shown;
}

}  // namespace tidegate::dlq
