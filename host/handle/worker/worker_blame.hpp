// SPDX-License-Identifier: Apache-2.0
//
// Who is to blame when a worker has died: the rules of DESIGN §7 in one place, without a process.
// The evidence was read from memory that the plugin could write to, and each piece of it has been
// checked against what the host knows it handed out. Thread rule: values, [any].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/base/outcome.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

// What is known of one slot's exchange that was not answered.
struct CallEvidence {
  std::uint32_t count = 0;  // of messages handed out; 0: no exchange was out
  ItemRange calling;        // the call that ran; count 0: none did
  std::int32_t signal = 0;  // that its thread caught
  std::string frames;       // the top of its stack
  bool corrupt = false;     // what it wrote cannot be
};

// Of what a worker left behind, which may be anything: what cannot be makes it corrupt, and then
// all of the exchange is under suspicion. calling: as in SlotLink.
[[nodiscard]] CallEvidence call_evidence(std::uint32_t count, std::uint64_t calling, bool corrupt);

// What becomes of the exchange.
struct SlotEnding {
  ItemRange calling;  // messages before it are settled by what was answered, those after it never
                      // began
  enum class Verdict : std::uint8_t {
    innocent,  // attempted again, uncharged
    blamed,    // calling.count is 1: this message
    suspects,  // one of these, or of another slot's: each is attempted again alone
  };
  Verdict verdict = Verdict::innocent;
  ErrorKind kind = ErrorKind::crash;  // of the one that is blamed
  std::string reason;
  bool answers_valid = true;  // false: nothing that was answered counts
};

// hung: the slot whose call ran past its deadline, where that is why the process was ended. how: in
// words, how it ended.
[[nodiscard]] std::vector<SlotEnding> blame(const std::vector<CallEvidence>& slots,
                                            std::optional<std::uint32_t> hung,
                                            const std::string& how);

}  // namespace tidegate
