// SPDX-License-Identifier: Apache-2.0
#include "host/consume/intake.hpp"

#include <algorithm>

#include "host/base/check.hpp"
#include "host/base/sabotage.hpp"
#include "host/consume/attempts.hpp"
#include "host/consume/client.hpp"
#include "host/consume/release.hpp"
#include "host/route/copy_headers.hpp"

namespace tidegate {

Intake::Intake(ConsumerState& state, rd_kafka_queue_t* common, Wakeup& wakeup, DueGate& gate,
               HeldWay& way)
    : state_(state), common_(common), wakeup_(wakeup), gate_(gate), way_(way) {}

void Intake::serve(std::uint32_t most) {
  if (batch_.size() < most) batch_.resize(most);
  const ssize_t count =
      rd_kafka_consume_batch_queue(common_, /*timeout_ms=*/0, batch_.data(), most);
  for (ssize_t i = 0; i < count; ++i) {
    rd_kafka_message_t* const message = batch_[static_cast<std::size_t>(i)];
    const bool of_a_partition = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
                                message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    if (of_a_partition) on_astray(*message);
    else on_error(*message);
    rd_kafka_message_destroy(message);
  }
  if (!astray_.empty()) seek_back();
}

void Intake::read(const PartitionEpochPtr& epoch, std::uint32_t most, Batch& batch) {
  rd_kafka_queue_t* const fetched = epoch->fetched.get();
  // Before it is looked at, so that nothing arrives unseen.
  if (!std::exchange(epoch->wakes, true)) let_wake(fetched, wakeup_);
  const std::size_t waiting = rd_kafka_queue_length(fetched);
  batch.left += waiting;
  if (waiting == 0 || most == 0) return;
  if (batch_.size() < most) batch_.resize(most);
  const ssize_t count =
      rd_kafka_consume_batch_queue(fetched, /*timeout_ms=*/0, batch_.data(), most);
  if (count <= 0) return;
  const MonotonicTime now = state_.clock.now();
  begin_run(epoch);
  for (rd_kafka_message_t* message : std::span(batch_.data(), static_cast<std::size_t>(count))) {
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) [[likely]] {
      add(message, now);
      continue;
    }
    end_run(now);
    on_error(*message);
    rd_kafka_message_destroy(message);
    begin_run(epoch);
  }
  end_run(now);
  batch.taken += static_cast<std::uint64_t>(count);
  batch.messages += run_.messages;
  batch.bytes += run_.bytes_in_all;
  if (run_.messages > 0 && state_.counts.first_message == MonotonicTime{})
    state_.counts.first_message = now;
  run_ = {};
}

void Intake::begin_run(const PartitionEpochPtr& epoch) {
  run_.epoch = epoch->takes_in() ? epoch : nullptr;
  run_.bytes = run_.bytes_again = 0;
}

void Intake::add(rd_kafka_message_t* raw, MonotonicTime now) {
  const Offset offset{raw->offset};
  // Not ours, or fetched again: discarded, and never counted as consumed.
  if (run_.epoch == nullptr || offset.value < run_.epoch->tracker.next().value ||
      (!items_.empty() && offset <= items_.back().offset)) [[unlikely]] {
    if (run_.epoch != nullptr && run_.epoch->released.passing() && items_.empty()) read_again(raw);
    else rd_kafka_message_destroy(raw);
    return;
  }
  if (sabotaged(Sabotage::drop_on_full_queue) &&
      state_.books.in_flight() + items_.size() >= state_.pipeline.max_in_flight_messages / 2) {
    rd_kafka_message_destroy(raw);
    return;
  }
  Item item;
  item.message = kafka::HeldMessage(raw);
  item.offset = offset;
  const kafka::Bytes key = item.message.key();
  const kafka::Bytes value = item.message.value();
  item.extent = run_.epoch->last_extent =
      state_.memory.charge(run_.epoch->last_extent, key, value, now);
  run_.bytes += key.size() + value.size();
  items_.push_back(std::move(item));
}

// What a pass reads: mostly finished or held, and discarded.
void Intake::read_again(rd_kafka_message_t* raw) {
  Item item;
  item.message = kafka::HeldMessage(raw);
  item.offset = Offset{raw->offset};
  if (!take_in_pass(state_, *run_.epoch, item)) return;
  run_.bytes_again += item.message.key().size() + item.message.value().size();
  // Most of its fetch buffer is discarded, so it must not pin it.
  state_.memory.copy_out(item);
  again_.push_back(std::move(item));
}

void Intake::admit_again(MonotonicTime now) {
  if (again_.empty()) return;
  run_.epoch->account.consume(again_.size(), run_.bytes_again);
  run_.epoch->in_flight += again_.size();
  run_.messages += again_.size();
  run_.bytes_in_all += run_.bytes_again;
  state_.dispatcher.add(run_.epoch, again_, now);
  again_.clear();
}

void Intake::end_run(MonotonicTime now) {
  admit_again(now);
  if (items_.empty()) return;
  PartitionEpoch& epoch = *run_.epoch;
  if (epoch.released.passing()) end_pass(state_, epoch);
  if (epoch.tracker.has_earlier() && !skip_finished()) return;
  if (epoch.delay.has_value() && !admit_due_soon()) return;
  if (!epoch.crashes.empty()) [[unlikely]]
    recall_crashes(epoch);
  // Stretches without a gap are entered at once.
  for (std::size_t i = 0; i < items_.size();) {
    const std::size_t first = i;
    while (++i < items_.size() && items_[i].offset.value == items_[i - 1].offset.value + 1) {
    }
    if (state_.exactly_once()) epoch.read_out.add(items_[first].offset, items_[i - 1].offset);
    epoch.tracker.add(items_[first].offset, items_[i - 1].offset,
                      items_[first].message.timestamp_ms());
    if (sabotaged(Sabotage::commit_on_poll))
      epoch.tracker.finish(items_[first].offset, items_[i - 1].offset);
  }
  epoch.last_timestamp_ms = items_.back().message.timestamp_ms();
  epoch.in_flight += items_.size();
  const double mean =
      static_cast<double>(run_.bytes) / static_cast<double>(items_.size()) + MemoryMeter::kBeside;
  epoch.bytes_per_message += (mean - epoch.bytes_per_message) / 4;
  epoch.account.consume(items_.size(), run_.bytes);
  run_.messages += items_.size();
  run_.bytes_in_all += run_.bytes;
  if (epoch.delay.has_value()) {
    std::move(items_.begin(), items_.end(), std::back_inserter(epoch.held));
  } else if (state_.at_most_once()) {
    std::move(items_.begin(), items_.end(), std::back_inserter(epoch.awaiting_commit));
  } else {
    release_with_their_lane(state_, epoch, items_);
    state_.dispatcher.add(run_.epoch, items_, now);
  }
  items_.clear();
}

// Messages that crashed their worker, here or under an earlier owner, know it.
void Intake::recall_crashes(PartitionEpoch& epoch) {
  epoch.crashes.forget_below(epoch.tracker.position());
  for (Item& item : items_) {
    if (const std::uint32_t crashes = epoch.crashes.of(item.offset); crashes > 0)
      remember_crash(state_, epoch, item, crashes, epoch.crashes.plugin());
  }
}

// Of a run, drops what an earlier owner finished: it is not consumed again. False: nothing is left.
bool Intake::skip_finished() {
  OffsetTracker& tracker = run_.epoch->tracker;
  const Offset last = items_.back().offset;
  std::erase_if(items_, [&](Item& item) {
    if (!tracker.finished_earlier(item.offset)) return false;
    run_.bytes -= item.message.key().size() + item.message.value().size();
    state_.memory.release(item);
    return true;
  });
  if (items_.empty()) tracker.skip_to(position_after(last));
  return !items_.empty();
}

// Of a retry topic's run, keeps what may be held until it is due, as copies that know where they
// came from. False: nothing is left.
bool Intake::admit_due_soon() {
  const std::size_t kept = gate_.admit(run_.epoch, items_);
  for (std::size_t i = kept; i < items_.size(); ++i) {
    run_.bytes -= items_[i].message.key().size() + items_[i].message.value().size();
    state_.memory.release(items_[i]);
  }
  items_.resize(kept);
  for (Item& item : items_) {
    state_.memory.copy_out(item);
    if (auto origin = read_origin(item.message)) {
      origin->due = gate_.due(*run_.epoch, item, origin->not_before_ms);
      item.message.set_origin(std::make_unique<kafka::Origin>(std::move(*origin)));
    }
  }
  run_.epoch->last_extent = nullptr;
  return !items_.empty();
}

void Intake::admit_due() {
  const MonotonicTime now = state_.clock.now();
  PartitionEpochPtr last;
  const auto flush = [&] {
    if (last != nullptr && !items_.empty()) state_.dispatcher.add(last, items_, now);
    items_.clear();
  };
  gate_.take_due([&](PartitionEpoch& epoch, Item&& item) {
    if (last.get() != &epoch) {
      flush();
      last = state_.partitions.find(epoch.topic, epoch.partition);
    }
    const kafka::Origin* origin = item.message.origin();
    const std::int64_t now_ms = state_.clock.wall().time_since_epoch().count();
    // Retry topics that are only drained are never written: there the wait ends with the delay.
    const bool may_hop = state_.pipeline.retry.mode == config::RetryMode::topic;
    if (may_hop && origin != nullptr && origin->not_before_ms > now_ms) {
      // A hop: the wait it was asked for is longer than any retry topic's. It is no attempt.
      const Route route = state_.router.hop(origin->attempts, origin->not_before_ms);
      way_.add_copy(last, {std::move(item), state_.plugin}, route, {});
    } else {
      items_.push_back(std::move(item));
    }
  });
  flush();
}

void Intake::admit_committed() {
  const MonotonicTime now = state_.clock.now();
  for (const auto& epoch : state_.partitions.all()) {
    auto& waiting = epoch->awaiting_commit;
    while (!waiting.empty() && position_after(waiting.front().offset) <= epoch->committed) {
      items_.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    if (!items_.empty()) state_.dispatcher.add(epoch, items_, now);
    items_.clear();
  }
}

}  // namespace tidegate
