// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/worker_blame.hpp"

#include <algorithm>
#include <cstring>

#include "host/handle/worker/worker_memory.hpp"

namespace tidegate {
namespace {

std::vector<std::uint32_t> slots_where(const std::vector<CallEvidence>& slots, auto condition) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < slots.size(); ++i) {
    if (slots[i].calling.count > 0 && condition(slots[i])) found.push_back(i);
  }
  return found;
}

// Those among whom the guilty message is: as few as the evidence allows.
std::vector<std::uint32_t> accused(const std::vector<CallEvidence>& slots,
                                   std::optional<std::uint32_t> hung) {
  if (hung && slots[*hung].calling.count > 0) return {*hung};
  auto corrupt = slots_where(slots, [](const CallEvidence& slot) { return slot.corrupt; });
  if (!corrupt.empty()) return corrupt;
  // A mark in several: the first fault may have led to the others, or a signal from outside came to
  // some thread.
  auto marked = slots_where(slots, [](const CallEvidence& slot) { return slot.signal != 0; });
  if (marked.size() == 1) return marked;
  return slots_where(slots, [](const CallEvidence&) { return true; });
}

std::string reason_of(const CallEvidence& slot, bool hung, const std::string& how) {
  std::string reason = hung ? "the handler call ran past handler_timeout; its process " + how
                            : "the worker process " + how;
  if (slot.corrupt) reason = "the worker wrote what cannot be into the memory it shares; it " + how;
  if (!hung && !slot.frames.empty()) reason += "; top of the stack: " + slot.frames;
  return reason;
}

}  // namespace

CallEvidence call_evidence(std::uint32_t count, std::uint64_t calling, bool corrupt) {
  CallEvidence found;
  found.count = count;
  found.calling = unpack_range(calling);
  found.corrupt = corrupt;
  const std::uint64_t end = std::uint64_t{found.calling.first} + found.calling.count;
  if (end > count) found.corrupt = true;
  if (found.corrupt) found.calling = {0, count};
  return found;
}

std::vector<SlotEnding> blame(const std::vector<CallEvidence>& slots,
                              std::optional<std::uint32_t> hung, const std::string& how) {
  std::vector<SlotEnding> endings(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    endings[i].calling = slots[i].calling;
    endings[i].answers_valid = !slots[i].corrupt;
  }
  const std::vector<std::uint32_t> guilty = accused(slots, hung);
  const bool one = guilty.size() == 1 && slots[guilty.front()].calling.count == 1;
  for (const std::uint32_t i : guilty) {
    SlotEnding& ending = endings[i];
    ending.verdict = one ? SlotEnding::Verdict::blamed : SlotEnding::Verdict::suspects;
    ending.kind = hung ? ErrorKind::timeout : ErrorKind::crash;
    ending.reason = reason_of(slots[i], hung.has_value(), how);
  }
  return endings;
}

}  // namespace tidegate
