// SPDX-License-Identifier: Apache-2.0
//
// The one table of every key of DESIGN §8: what it holds, its default, its bounds, its help, and
// whether this version has what it asks for. Checks, defaults, config/tidegate.example.toml and
// config/REFERENCE.md all follow from it. Thread rule: constant data, [any].
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace tidegate::config {

enum class Type : std::uint8_t {
  text,
  boolean,
  integer,
  number,
  duration,      // "10s"
  size,          // "64MiB"
  choice,        // a text out of `choices`
  start_offset,  // earliest, latest, error or a point in time
  text_list,
  duration_list,
  properties,  // a table of librdkafka properties, names quoted
  free_table,  // any table, for the plugin
};

enum class Need : std::uint8_t { optional, required };

inline constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

struct Key {
  std::string_view path;  // "pipelines.*.retry.mode"; "*" stands for a name of the operator's
  Type type = Type::text;
  std::string_view fallback = {};  // the default as TOML writes it; empty: none
  std::string_view help = {};
  Need need = Need::optional;
  std::string_view choices = {};  // "a|b|c"
  std::int64_t low = 0;           // integers, numbers, milliseconds, bytes
  std::int64_t high = kUnbounded;
  std::string_view example = {};  // for the example file where the default does not do
};

// A table of keys, for headings and help.
struct Section {
  std::string_view path;  // "pipelines.*.retry"; "" for the top
  std::string_view help;
};

[[nodiscard]] std::span<const Key> all_keys();
[[nodiscard]] std::span<const Section> all_sections();

// Null where there is none of that pattern.
[[nodiscard]] const Key* find_key(std::string_view pattern);
// Whether keys stand below the pattern ("pipelines.*.retry").
[[nodiscard]] bool is_section(std::string_view pattern);
// Names that can stand directly below a pattern, in the order of the table.
[[nodiscard]] std::vector<std::string_view> names_below(std::string_view pattern);
// Patterns of all keys and sections whose last step is `name`.
[[nodiscard]] std::vector<std::string_view> patterns_named(std::string_view name);
// The pattern of the key that other clients call `name` ("batch_size"); empty where there is none.
[[nodiscard]] std::string_view known_elsewhere_as(std::string_view name);

// "a|b|c" as its parts.
[[nodiscard]] std::vector<std::string_view> split_choices(std::string_view choices);
// "[pipelines.<name>.retry]" for a section, "pipelines.<name>.retry.mode" for a key.
[[nodiscard]] std::string_view last_step(std::string_view pattern);
[[nodiscard]] std::string_view parent_of(std::string_view pattern);

}  // namespace tidegate::config
