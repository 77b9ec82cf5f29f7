// SPDX-License-Identifier: Apache-2.0
//
// Words to write the key table with, one line or two a key. For key_table.cpp only.
// Thread rule: constant expressions.
#pragma once

#include <cstdint>
#include <string_view>

#include "host/base/config/keys.hpp"

namespace tidegate::config::keys {

using Text = std::string_view;

struct Range {
  std::int64_t low;
  std::int64_t high;
};

constexpr Text kNone;  // no default

constexpr Key make(Type type, Text path, Text fallback, Text help) {
  return {.path = path, .type = type, .fallback = fallback, .help = help};
}
constexpr Key make(Type type, Text path, Text fallback, Range range, Text help) {
  Key key = make(type, path, fallback, help);
  key.low = range.low;
  key.high = range.high;
  return key;
}
constexpr Key text(Text path, Text fallback, Text help) {
  return make(Type::text, path, fallback, help);
}
constexpr Key boolean(Text path, Text fallback, Text help) {
  return make(Type::boolean, path, fallback, help);
}
constexpr Key integer(Text path, Text fallback, Range range, Text help) {
  return make(Type::integer, path, fallback, range, help);
}
constexpr Key number(Text path, Text fallback, Range range, Text help) {
  return make(Type::number, path, fallback, range, help);
}
constexpr Key duration(Text path, Text fallback, Range range_ms, Text help) {
  return make(Type::duration, path, fallback, range_ms, help);
}
constexpr Key size(Text path, Text fallback, Range range_bytes, Text help) {
  return make(Type::size, path, fallback, range_bytes, help);
}
constexpr Key one_of(Text path, Text fallback, Text choices, Text help) {
  Key key = make(Type::choice, path, fallback, help);
  key.choices = choices;
  return key;
}
constexpr Key required(Key key) {
  key.need = Need::required;
  return key;
}
constexpr Key example(Key key, Text value) {
  key.example = value;
  return key;
}

}  // namespace tidegate::config::keys
