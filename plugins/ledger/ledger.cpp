// SPDX-License-Identifier: Apache-2.0
//
// One message per call, one line per message.
#include <string>
#include <string_view>

#include "plugins/ledger/book.hpp"

namespace {

class Ledger {
 public:
  Ledger(tidegate::Host /*host*/, std::string_view config_json) : book_(config_json) {}

  tidegate::Result handle(const tidegate::Message& message) {
    line_.clear();
    if (!book_.enter(message, line_)) return tidegate::Result::fail("ledger: as fail_on says");
    book_.write(line_);
    return true;
  }

 private:
  ledger::Book book_;
  std::string line_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Ledger, "ledger", "0.1.0")
