// SPDX-License-Identifier: Apache-2.0
//
// Many messages per call: each has its line with its own times, all are written at the end of the
// call, and only then answered.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ledger/book.hpp"

namespace {

constexpr std::string_view kFailed = "ledger: as fail_on says";

class LedgerBatch {
 public:
  LedgerBatch(tidegate::Host /*host*/, std::string_view config_json) : book_(config_json) {}

  tidegate::Result handle(const tidegate::Message& message) {
    lines_.clear();
    if (!book_.enter(message, lines_)) return tidegate::Result::fail(kFailed);
    book_.write(lines_);
    return true;
  }

  void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
    lines_.clear();
    entered_.assign(batch.size(), true);
    for (std::size_t i = 0; i < batch.size(); ++i) entered_[i] = book_.enter(batch[i], lines_);
    book_.write(lines_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (entered_[i]) {
        results[i] = true;
      } else {
        results[i] = tidegate::Result::fail(kFailed);
      }
    }
  }

 private:
  ledger::Book book_;
  std::string lines_;
  std::vector<bool> entered_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(LedgerBatch, "ledger_batch", "0.1.0")
