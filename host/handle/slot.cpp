// SPDX-License-Identifier: Apache-2.0
#include "host/handle/slot.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace tidegate {
namespace {

constexpr std::uint32_t kMaxStride = 64;
// How far ahead of its call a message is fetched into the cache.
constexpr std::uint32_t kAhead = 4;
// A stride shorter than this may grow; one longer than four times this shrinks to single calls, so
// that a slow handler is timed call by call.
constexpr Duration kShortStride = std::chrono::microseconds(20);

}  // namespace

Slot::Slot(const tidegate_plugin& table, void* instance, const CallPolicy& policy,
           const Clock& clock, CallProgress* progress)
    : table_(table),
      instance_(instance),
      policy_(policy),
      clock_(clock),
      progress_(progress),
      notes_(stats_, std::max(kMaxStride, policy.batch_messages)),
      reason_(kReasonBytes) {
  if (table.handle_batch != nullptr) batch_.emplace(policy.batch_messages);
}

void Slot::work(Chunk& chunk) {
  chunk.handling = Duration::zero();
  running_.enter(chunk.source);
  if (batch_.has_value()) {
    work_in_batches(chunk);
  } else {
    work_one_by_one(chunk);
  }
  running_.leave();
  chunk.home->give_back(chunk);
}

void Slot::work_one_by_one(Chunk& chunk) {
  MonotonicTime begin = clock_.now();
  while (chunk.handling < kLongChunk) {
    running_.set_started(begin);
    deadline_ns_ = deadline_after(begin);
    std::uint32_t calls = 0;
    // One by one: what stands behind a call that lasts must be free for other slots.
    bool rest_waits = false;
    for (; calls < stride_ && !rest_waits; ++calls) {
      const ItemRange one = chunk.claim(1);
      if (one.count == 0) break;
      const tidegate_status answer = attempt(chunk, one.first);
      notes_.seen(message_.view.timestamp_ms);
      // What stands behind a message that waits must not be handled before it.
      if (answer != TIDEGATE_OK && policy_.waits_after(answer)) [[unlikely]]
        rest_waits = answer == TIDEGATE_PAUSE || hold_back(chunk, one.first);
    }
    if (calls == 0) return;
    const MonotonicTime end = clock_.now();
    notes_.observe(begin, end, calls, clock_);
    chunk.handling += end - begin;
    if (rest_waits) return;
    if (end - begin < kShortStride) stride_ = std::min(stride_ * 2, kMaxStride);
    if (end - begin > 4 * kShortStride) stride_ = 1;
    begin = end;
  }
}

tidegate_status Slot::attempt(Chunk& chunk, std::uint32_t index) {
  Item& item = chunk.items[index];
  if (index + kAhead < chunk.items.size()) chunk.items[index + kAhead].message.prefetch();
  running_.set_offset(item.offset);
  message_.show(item, *chunk.source, deadline_ns_);
  result_ = {sizeof result_, 0, reason_.data(), static_cast<std::uint32_t>(reason_.size()), 0};
  if (progress_ != nullptr) progress_->calling(chunk, {index, 1});
  const tidegate_status status = table_.handle(instance_, &message_.view, &result_);
  notes_.answered(item.message, status == TIDEGATE_OK);
  if (status == TIDEGATE_OK) [[likely]]
    return succeed(chunk, index, message_);
  fail(chunk, index, status, result_);
  return status;
}

tidegate_status Slot::succeed(Chunk& chunk, std::uint32_t index, HostMessage& message) {
  if (!message.emitted()) [[likely]]
    return TIDEGATE_OK;
  if (message.refused.empty()) {
    chunk.emitted.push_back({index, std::move(message.outputs)});
    return TIDEGATE_OK;
  }
  notes_.failed(ErrorKind::emit, TIDEGATE_FAIL);
  chunk.failures.push_back({index, TIDEGATE_FAIL, ErrorKind::emit, 0, message.refused});
  return TIDEGATE_FAIL;
}

void Slot::fail(Chunk& chunk, std::uint32_t index, tidegate_status status,
                const tidegate_result& result) {
  notes_.failed(kind_of(status), status);
  const std::size_t size = std::min(result.reason_size, result.reason_capacity);
  chunk.failures.push_back(
      {index, status, kind_of(status), result.delay_ms, std::string(result.reason, size)});
}

void Slot::work_in_batches(Chunk& chunk) {
  while (chunk.handling < kLongChunk) {
    const ItemRange range = chunk.claim(policy_.batch_messages);
    if (range.count == 0) return;
    const MonotonicTime begin = clock_.now();
    running_.set_started(begin);
    running_.set_offset(chunk.items[range.first].offset);
    deadline_ns_ = deadline_after(begin);
    const bool rest_waits = call_batch(chunk, range);
    const MonotonicTime end = clock_.now();
    notes_.observe(begin, end, range.count, clock_);
    chunk.handling += end - begin;
    if (rest_waits) return;
  }
}

bool Slot::call_batch(Chunk& chunk, ItemRange range) {
  BatchRoom& room = *batch_;
  room.show(chunk, range, deadline_ns_);
  if (progress_ != nullptr) progress_->calling(chunk, range);
  const tidegate_status answer =
      table_.handle_batch(instance_, room.views(), range.count, room.statuses(), room.results());
  waiting_lanes_.clear();
  bool rest_waits = false;
  const auto waits = [&](const Lane* lane) {
    return std::find(waiting_lanes_.begin(), waiting_lanes_.end(), lane) != waiting_lanes_.end();
  };
  for (std::uint32_t i = 0; i < range.count; ++i) {
    const std::uint32_t index = range.first + i;
    const Lane* const lane = chunk.items[index].lane;
    tidegate_status status = room.statuses()[i];
    notes_.seen(room.timestamp_ms(i));
    // What was answered behind a message of its lane that waits is void: it waits too.
    if (waits(lane)) {
      if (status > TIDEGATE_OK) notes_.failed(kind_of(status), status);
      else if (status != TIDEGATE_OK) notes_.leave_out();
      chunk.unattempted.push_back(index);
      continue;
    }
    if (status != TIDEGATE_NOT_ATTEMPTED)
      notes_.answered(chunk.items[index].message, status == TIDEGATE_OK);
    if (status == TIDEGATE_OK) [[likely]] {
      status = succeed(chunk, index, room.message(i));
      if (status == TIDEGATE_OK) continue;
    } else if (status != TIDEGATE_NOT_ATTEMPTED) {
      fail(chunk, index, status, *room.results()[i]);
    } else if (policy_.unanswered == CallPolicy::Unanswered::failed) {
      status = answer == TIDEGATE_OK ? TIDEGATE_FAIL : answer;
      fail(chunk, index, status, room.unanswered());
    } else {
      status = attempt(chunk, index);  // only a message that fails alone is charged
    }
    if (!policy_.waits_after(status)) continue;
    if (lane != nullptr) waiting_lanes_.push_back(lane);
    rest_waits |= status == TIDEGATE_PAUSE;  // the whole partition waits
  }
  if (rest_waits) return true;
  // The next batch must not begin in the middle of a lane that waits.
  const std::uint32_t last = range.first + range.count - 1;
  return waits(chunk.items[last].lane) && hold_back(chunk, last);
}

std::uint64_t Slot::deadline_after(MonotonicTime begin) const {
  if (policy_.handler_timeout == Duration::zero()) return 0;
  return static_cast<std::uint64_t>((begin + policy_.handler_timeout).time_since_epoch().count());
}

}  // namespace tidegate
