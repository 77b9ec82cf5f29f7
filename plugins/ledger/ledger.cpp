// SPDX-License-Identifier: Apache-2.0
//
// One message per call, one line per message.
#include <string_view>

#include "plugins/ledger/book.hpp"

namespace {

class Ledger {
 public:
  Ledger(tidegate::Host host, std::string_view config_json) : book_(host, config_json) {}

  tidegate::Result handle(const tidegate::Message& message) {
    lines_.clear();
    const ledger::Fate fate = book_.enter(message, lines_);
    book_.write(lines_);
    if (fate.verb == ledger::Verb::ok) book_.emit(message);
    return ledger::answer(fate);
  }

 private:
  ledger::Book book_;
  ledger::Lines lines_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Ledger, "ledger", "0.1.0")
