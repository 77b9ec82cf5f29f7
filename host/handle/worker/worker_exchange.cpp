// SPDX-License-Identifier: Apache-2.0
//
// What slots do with a worker's life: exchanges, and what is left of one when it ends.
//
// An exchange has an even number, n. The host rings n - 1: the messages are there. The worker
// answers n: they are handled. Between these it may ask once, with n - 1, for the headers of all of
// them, and the host rings n: they are there, too.
#include <algorithm>

#include "host/handle/worker/readable.hpp"
#include "host/handle/worker/worker_life.hpp"

namespace tidegate {
namespace {

// A bell that is not heard is looked at again.
constexpr Duration kLookAgain = std::chrono::milliseconds(200);

}  // namespace

CallEvidence WorkerLife::evidence(std::uint32_t slot) const {
  const Exchange& exchange = exchanges_[slot];
  const SlotLink& link = memory_.link(slot);
  const std::uint32_t count = exchange.count.load();
  const bool corrupt = exchange.corrupt.load();
  // Answered; its slot has only not looked yet.
  const bool answered = link.reply.value() == exchange.number.load() && !corrupt;
  if (count == 0 || answered) return {};
  CallEvidence found = call_evidence(count, link.calling.load(std::memory_order_acquire), corrupt);
  found.signal = link.fault.signal.load();
  if (found.signal != 0) found.frames = readable(link.fault.frames);
  return found;
}

bool WorkerLife::blames_messages() const {
  const MutexLock lock(mutex_);
  return std::any_of(endings_.begin(), endings_.end(), [](const SlotEnding& ending) {
    return ending.verdict != SlotEnding::Verdict::innocent;
  });
}

bool WorkerLife::begin(std::uint32_t slot, std::uint32_t count) {
  const MutexLock lock(mutex_);
  if (!endings_.empty()) return false;
  Exchange& exchange = exchanges_[slot];
  SlotLink& link = memory_.link(slot);
  link.calling.store(0, std::memory_order_relaxed);
  link.answer_bytes.store(0, std::memory_order_relaxed);
  link.fault.signal.store(0, std::memory_order_relaxed);
  exchange.count.store(count);
  exchange.headers_given = false;
  const std::uint32_t number = exchange.number.load() + 2;
  exchange.number.store(number);
  link.request.ring(number - 1);
  return true;
}

WorkerLife::Awaited WorkerLife::await(std::uint32_t slot) {
  SlotLink& link = memory_.link(slot);
  const bool headers_given = exchanges_[slot].headers_given;
  const std::uint32_t number = exchanges_[slot].number.load();
  const std::uint32_t seen = headers_given ? number - 1 : number - 2;
  if (state() != State::ended) link.reply.wait_while(seen, kLookAgain);
  // The last thing it did may have been to answer.
  const bool has_ended = state() == State::ended;
  const std::uint32_t reply = link.reply.value();
  if (reply == number) return Awaited::answered;
  if (has_ended) return Awaited::ended;
  if (reply == seen) return Awaited::not_yet;
  if (reply == number - 1) return Awaited::asks_headers;
  // It counts as no worker of ours does. Waited for, it would keep this thread awake for ever.
  corrupt(slot);
  return Awaited::ended;
}

void WorkerLife::give_headers(std::uint32_t slot) {
  Exchange& exchange = exchanges_[slot];
  exchange.headers_given = true;
  memory_.link(slot).request.ring(exchange.number.load());
}

std::uint32_t WorkerLife::calling(std::uint32_t slot) const {
  const std::uint32_t first = unpack_range(memory_.link(slot).calling.load()).first;
  const std::uint32_t count = exchanges_[slot].count.load();
  return first < count ? first : 0;
}

void WorkerLife::corrupt(std::uint32_t slot) {
  exchanges_[slot].corrupt.store(true);
  const MutexLock lock(mutex_);
  changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return !endings_.empty(); });
}

SlotEnding WorkerLife::ending(std::uint32_t slot) const {
  const MutexLock lock(mutex_);
  return endings_[slot];
}

}  // namespace tidegate
