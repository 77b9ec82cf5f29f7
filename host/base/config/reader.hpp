// SPDX-License-Identifier: Apache-2.0
//
// Reads checked values out of a table, and the key table's defaults where nothing valid is written.
// REQUIRES: check_keys ran over the table. Thread rule: one thread, [main].
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/config/node.hpp"

namespace tidegate::config {

class Reader {
 public:
  // `pattern` is what the table is in the key table ("pipelines.*"). The table must outlive this.
  Reader(const Table& table, std::string_view pattern) : table_(table), pattern_(pattern) {}

  // What is written and valid; null otherwise. `name` may be dotted ("commit.mode").
  [[nodiscard]] const Node* written(std::string_view name) const;
  // Where it is written, valid or not; `otherwise` where it is not.
  [[nodiscard]] Place place(std::string_view name, Place otherwise) const;

  // REQUIRES: the key is of that type. Without value and default: empty, zero, false.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  // count: of a key whose bounds are those of std::uint32_t or narrower.
  [[nodiscard]] std::uint32_t count(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] Milliseconds duration(std::string_view name) const;
  [[nodiscard]] std::uint64_t size(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> text_list(std::string_view name) const;
  [[nodiscard]] std::vector<Milliseconds> duration_list(std::string_view name) const;
  [[nodiscard]] StartOffset start_offset(std::string_view name) const;

 private:
  [[nodiscard]] Node value(std::string_view name) const;

  const Table& table_;
  const std::string_view pattern_;
};

}  // namespace tidegate::config
