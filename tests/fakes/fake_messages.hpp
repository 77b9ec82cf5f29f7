// SPDX-License-Identifier: Apache-2.0
//
// Messages without a broker. Thread rule: one thread.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "host/handle/chunk.hpp"

namespace tidegate::fakes {

inline Item item(std::int64_t offset, std::string_view key = {}, std::string_view value = "v") {
  Item made;
  made.message = kafka::HeldMessage::copy_of(key, value, 1'700'000'000'000);
  made.offset = Offset{offset};
  return made;
}

// Messages first, first + 1, ... without a key.
inline std::vector<Item> run(std::int64_t first, std::int64_t count) {
  std::vector<Item> items;
  for (std::int64_t i = 0; i < count; ++i) items.push_back(item(first + i));
  return items;
}

// Messages first, first + 1, ... with these keys.
inline std::vector<Item> keyed(std::int64_t first, std::initializer_list<std::string_view> keys) {
  std::vector<Item> items;
  for (const std::string_view key : keys) items.push_back(item(first++, key));
  return items;
}

}  // namespace tidegate::fakes
