// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "host/base/config/check_value.hpp"
#include "host/base/config/example.hpp"
#include "host/base/config/keys.hpp"
#include "host/base/config/units.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {
namespace {

constexpr std::string_view kReferenceHead =
    "<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    "# Keys of the configuration\n\n"
    "Written from the table of keys in `host/base/config` (see README.md here); do not edit.\n"
    "`[defaults]` takes every key of `[pipelines.<name>]` and is merged under every pipeline.\n"
    "Durations are text with `ms`, `s`, `m`, `h` or `d` (`\"1m30s\"`), sizes text with `B`, `kB`,\n"
    "`MB`, `GB`, `KiB`, `MiB` or `GiB`.\n";

constexpr std::string_view kPropertyColumns =
    "| property | value | whose | why |\n|---|---|---|---|\n";

std::string bound(Type type, std::int64_t value) {
  if (type == Type::duration) return format_duration(std::chrono::milliseconds(value));
  if (type == Type::size) return format_size(static_cast<std::uint64_t>(value));
  return std::to_string(value);
}

std::string allowed(const Key& key) {
  switch (key.type) {
    case Type::text: return "text";
    case Type::boolean: return "`true`, `false`";
    case Type::integer:
      return "whole number, " + bound(key.type, key.low) + " to " + bound(key.type, key.high);
    case Type::number:
      return "number, " + bound(key.type, key.low) + " to " + bound(key.type, key.high);
    case Type::duration:
      return "duration, " + bound(key.type, key.low) + " to " + bound(key.type, key.high);
    case Type::size:
      return "size, " + bound(key.type, key.low) + " to " + bound(key.type, key.high);
    case Type::start_offset: return "`\"earliest\"`, `\"latest\"`, `\"error\"`, a time";
    case Type::text_list: return "list of texts";
    case Type::duration_list:
      return "list of durations, each " + bound(Type::duration, key.low) + " to " +
             bound(Type::duration, key.high);
    case Type::properties: return "table of librdkafka properties";
    case Type::free_table: return "table";
    case Type::choice: break;
  }
  std::string result;
  for (const std::string_view choice : split_choices(key.choices)) {
    result.append(result.empty() ? "`\"" : ", `\"").append(choice).append("\"`");
  }
  return result;
}

std::string default_of(const Key& key) {
  if (key.need == Need::required) return "required";
  return key.fallback.empty() ? "" : '`' + std::string(key.fallback) + '`';
}

std::string escaped(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.replace(at, 1, "\\|");
  }
  // Angle brackets outside code would be taken for HTML.
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 4)) {
    text.replace(at, 1, "&lt;");
  }
  return text;
}

void append_key(std::string& text, const Key& key) {
  text += "| `" + std::string(last_step(key.path)) + "` | " + allowed(key) + " | " +
          default_of(key) + " | " + escaped(std::string(key.help)) + " |\n";
}

void append_properties(std::string& text, std::span<const kafka::Default> rows) {
  for (const kafka::Default& row : rows) {
    const bool host = row.owner == kafka::Owner::host;
    text += "| `" + std::string(row.name) + "` | `" + std::string(row.value) + "` | " +
            (host ? "the host's" : "yours wins") + " | " + escaped(std::string(row.why)) + " |\n";
  }
}

}  // namespace

std::string reference_markdown() {
  std::string text(kReferenceHead);
  std::string_view section = "\n";  // no section is called that
  for (const Key& key : all_keys()) {
    if (parent_of(key.path) != section) {
      section = parent_of(key.path);
      text += section.empty() ? "\n## Top\n" : "\n## `" + shown_section(section) + "`\n";
      text += "\n| key | value | default | meaning |\n|---|---|---|---|\n";
    }
    append_key(text, key);
  }
  text += "\n## librdkafka properties that Tidegate sets for consumers\n\n";
  text += kPropertyColumns;
  append_properties(text, kafka::consumer_defaults());
  text += "\n## librdkafka properties that Tidegate sets for producers\n\n";
  text += kPropertyColumns;
  append_properties(text, kafka::producer_defaults());
  text += "| `queue.buffering.max.kbytes` | " + escaped(std::string(kafka::kQueueBound)) +
          " | yours wins | memory stays bounded, and a full queue is back-pressure |\n";
  return text;
}

}  // namespace tidegate::config
