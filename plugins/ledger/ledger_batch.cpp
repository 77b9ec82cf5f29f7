// SPDX-License-Identifier: Apache-2.0
//
// Many messages per call: each has its line with its own times, all are written at the end of the
// call, and only then answered. A message that is to throw ends the call.
#include <cstddef>
#include <string_view>
#include <vector>

#include "plugins/ledger/book.hpp"

namespace {

class LedgerBatch {
 public:
  LedgerBatch(tidegate::Host host, std::string_view config_json) : book_(host, config_json) {}

  tidegate::Result handle(const tidegate::Message& message) {
    lines_.clear();
    const ledger::Fate fate = book_.enter(message, lines_);
    book_.write(lines_);
    if (fate.verb == ledger::Verb::ok) book_.emit(message);
    return ledger::answer(fate);
  }

  void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
    lines_.clear();
    fates_.clear();
    for (const tidegate::Message message : batch) {
      fates_.push_back(book_.enter(message, lines_));
      if (fates_.back().verb == ledger::Verb::ok) book_.emit(message);
      if (fates_.back().verb == ledger::Verb::exception) break;
    }
    book_.write(lines_);
    // The last one may throw: the call ends there, and those behind it have no answer.
    for (std::size_t i = 0; i < fates_.size(); ++i) results[i] = ledger::answer(fates_[i]);
  }

 private:
  ledger::Book book_;
  ledger::Lines lines_;
  std::vector<ledger::Fate> fates_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(LedgerBatch, "ledger_batch", "0.1.0")
