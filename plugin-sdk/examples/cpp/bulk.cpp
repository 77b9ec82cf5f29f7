// SPDX-License-Identifier: Apache-2.0
//
// Many messages in one call, as a database takes them. Rows that are refused one by one get their
// own answer; an exception in the middle leaves the rest without one, and the host attempts these
// alone, through handle(), so that only the message at fault is charged.
#include <tidegate/plugin.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

// Stands for a client of your database.
class Table {
 public:
  void insert(std::string_view row) {
    if (row == "unreachable") throw std::runtime_error("the database does not answer");
    rows_.emplace_back(row);
  }

 private:
  std::vector<std::string> rows_;
};

class Bulk {
 public:
  tidegate::Result handle(const tidegate::Message& message) {
    if (message.value().empty()) return tidegate::Result::dead_letter("an empty row");
    table_.insert(message.value());
    return true;
  }

  void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
    Table transaction;
    std::vector<std::size_t> inserted;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch[i].value().empty()) {
        results[i] = tidegate::Result::dead_letter("an empty row");
      } else {
        transaction.insert(batch[i].value());
        inserted.push_back(i);
      }
    }
    // Only what is safe is answered: an exception before this line leaves these open.
    for (const std::size_t i : inserted) results[i] = true;
  }

 private:
  Table table_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Bulk, "bulk", "1.0.0")
