// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/remote_slot.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "host/handle/worker/message_stream.hpp"

namespace tidegate {
namespace {

constexpr std::uint32_t kMostOfRun = 2048;
// More is handed over only when one message alone is larger. It stays within a processor's cache.
constexpr std::size_t kUsualBytes = 512 * 1024;
constexpr std::size_t kUsualBytesOfBatch = 4 * kMiB;
// How far ahead a message is fetched into the cache.
constexpr std::uint32_t kAhead = 4;
// An exchange costs some ten microseconds beside the calls, so it should hold many times that;
// what is in it cannot be taken back, so it must not last.
constexpr Duration kRunGoal = std::chrono::microseconds(500);
constexpr Duration kWaitForWorker = std::chrono::milliseconds(100);

class GatePass {
 public:
  GatePass(SoloGate& gate, MonotonicTime now) : gate_(gate), pass_(gate.enter(now)) {}
  ~GatePass() { gate_.leave(pass_); }
  GatePass(const GatePass&) = delete;
  GatePass& operator=(const GatePass&) = delete;
  [[nodiscard]] bool alone() const { return pass_ == SoloGate::Pass::alone; }

 private:
  SoloGate& gate_;
  const SoloGate::Pass pass_;
};

}  // namespace

RemoteSlot::RemoteSlot(WorkerSupervisor& supervisor, std::uint32_t slot, const CallPolicy& policy,
                       const Clock& clock)
    : supervisor_(supervisor),
      slot_(slot),
      policy_(policy),
      clock_(clock),
      notes_(stats_, kMostOfRun) {}

void RemoteSlot::work(Chunk& chunk) {
  chunk.handling = Duration::zero();
  running_.enter(chunk.source);
  while (chunk.handling < kLongChunk && exchange(chunk)) {
  }
  running_.leave();
  // One that was too large stands before others of its run.
  std::sort(chunk.failures.begin(), chunk.failures.end(),
            [](const Failure& a, const Failure& b) { return a.index < b.index; });
  chunk.home->give_back(chunk);
}

bool RemoteSlot::exchange(Chunk& chunk) {
  const auto life = supervisor_.current(kWaitForWorker);
  if (life == nullptr) return false;  // nothing is claimed: all of it is free for a drain
  const GatePass pass(supervisor_.gate(), clock_.now());
  const WorkerMemory& memory = life->memory();
  const std::uint32_t count =
      hand_over(chunk, memory.messages(slot_), pass.alone() ? 1 : most_of_run());
  if (count == 0) return false;
  const std::size_t failures_before = chunk.failures.size();
  const MonotonicTime begin = clock_.now();
  running_.set_offset(chunk.items[sent_.front()].offset);
  running_.set_started(begin);
  if (!life->begin(slot_, count)) {
    leave_unattempted(chunk, 0, count);
    return false;
  }
  const bool answered = await(chunk, *life) == WorkerLife::Awaited::answered;
  const bool goes_on =
      answered ? take_answers(chunk, *life, begin) : take_ending(chunk, *life, begin);
  if (pass.alone()) supervisor_.gate().tried(*chunk.source, chunk.items[sent_.front()].offset);
  const bool waits = rest_waits(chunk, failures_before);
  return goes_on && !waits;
}

std::uint32_t RemoteSlot::most_of_run() const {
  return std::max(stride_, supervisor_.has_batches() ? policy_.batch_messages : 1);
}

std::uint32_t RemoteSlot::hand_over(Chunk& chunk, char* area, std::uint32_t most) {
  using WithHeaders = MessageWriter::WithHeaders;
  MessageWriter out(area, *chunk.source, headers_wanted_ ? WithHeaders::now : WithHeaders::later);
  sent_.clear();
  const std::size_t usual = supervisor_.has_batches() ? kUsualBytesOfBatch : kUsualBytes;
  while (out.count() < most && out.size() < usual) {
    const ItemRange one = chunk.claim(1);
    if (one.count == 0) break;
    if (one.first + kAhead < chunk.items.size()) chunk.items[one.first + kAhead].message.prefetch();
    if (!out.add(chunk.items[one.first])) {
      too_large(chunk, one.first);
      break;
    }
    sent_.push_back(one.first);
  }
  handed_bytes_ = out.finish();
  return out.count();
}

// Its attempt has failed, though no call was made: the area has room for whatever brokers usually
// take, so there is no other way for it.
void RemoteSlot::too_large(Chunk& chunk, std::uint32_t index) {
  stats_.count_calls(ErrorKind::status, 1);
  chunk.failures.push_back({index, TIDEGATE_FAIL, ErrorKind::status, 0,
                            "the message is larger than what a worker process can be handed (" +
                                std::to_string(kMessageAreaBytes / kMiB) + " MiB)"});
}

WorkerLife::Awaited RemoteSlot::await(const Chunk& chunk, WorkerLife& life) {
  std::uint32_t seen = 0;
  for (;;) {
    const WorkerLife::Awaited awaited = life.await(slot_);
    if (awaited == WorkerLife::Awaited::asks_headers) {
      give_headers(chunk, life);
      continue;
    }
    if (awaited != WorkerLife::Awaited::not_yet) return awaited;
    // It takes long: so that whoever looks sees the message that takes it.
    const std::uint32_t calling = life.calling(slot_);
    if (calling == seen) continue;
    seen = calling;
    running_.set_offset(chunk.items[sent_[calling]].offset);
    running_.set_started(clock_.now());
  }
}

// Who asked once will ask again: from now on they come with the messages.
void RemoteSlot::give_headers(const Chunk& chunk, WorkerLife& life) {
  headers_wanted_ = true;
  handed_bytes_ += write_late_headers(life.memory().messages(slot_), handed_bytes_, chunk, sent_);
  life.give_headers(slot_);
}

bool RemoteSlot::take_answers(Chunk& chunk, WorkerLife& life, MonotonicTime begin) {
  const WorkerMemory& memory = life.memory();
  const auto count = static_cast<std::uint32_t>(sent_.size());
  const std::uint64_t size = memory.link(slot_).answer_bytes.load(std::memory_order_acquire);
  // A copy of its own, so that what was checked stays what it was.
  const std::string log(memory.answers(slot_), std::min<std::uint64_t>(size, kAnswerAreaBytes));
  auto answers = read_answers(log, count);
  if (!answers || !answers->end || !memory.intact(slot_)) {
    life.corrupt(slot_);
    return take_ending(chunk, life, begin);
  }
  RunAnswers::End end = *answers->end;
  // A number of the worker's: it cannot have taken longer than we waited.
  const Duration waited = clock_.now() - begin;
  end.handling = std::min(end.handling, waited);
  apply(chunk, *answers, end.claimed);
  leave_unattempted(chunk, end.claimed, count);
  life.finish(slot_);
  if (log.size() > kUsualBytesOfBatch || handed_bytes_ > 2 * kUsualBytesOfBatch)
    memory.forget(slot_, kUsualBytes);
  if (end.claimed > 0) notes_.observe(begin, begin + end.handling, end.claimed, clock_);
  chunk.handling += waited;
  fit_stride(end.handling, std::max(end.claimed, 1U));
  return end.claimed == count;
}

bool RemoteSlot::take_ending(Chunk& chunk, WorkerLife& life, MonotonicTime begin) {
  const WorkerMemory& memory = life.memory();
  const auto count = static_cast<std::uint32_t>(sent_.size());
  SlotEnding ending = life.ending(slot_);
  const std::uint64_t size = memory.link(slot_).answer_bytes.load(std::memory_order_acquire);
  const std::string log(memory.answers(slot_), std::min<std::uint64_t>(size, kAnswerAreaBytes));
  auto answers = ending.answers_valid ? read_answers(log, count) : std::nullopt;
  // Nothing it said can be believed: all of it may have been in the call.
  if (!answers) {
    answers.emplace();
    ending.calling = {0, count};
  }
  std::uint32_t next = ending.calling.first;
  apply(chunk, *answers, next);
  const bool once = policy_.unanswered == CallPolicy::Unanswered::failed;
  if (ending.verdict == SlotEnding::Verdict::blamed || once) {
    for (const std::uint32_t end = next + ending.calling.count; next < end; ++next) {
      notes_.failed(ending.kind, TIDEGATE_FAIL);
      chunk.failures.push_back({sent_[next], TIDEGATE_FAIL, ending.kind, 0, ending.reason});
    }
  } else if (ending.verdict == SlotEnding::Verdict::suspects) {
    for (std::uint32_t i = 0; i < ending.calling.count; ++i)
      supervisor_.gate().suspect(*chunk.source, chunk.items[sent_[next + i]].offset, clock_.now());
  }
  leave_unattempted(chunk, next, count);
  life.finish(slot_);
  if (next > 0) notes_.observe(begin, clock_.now(), next, clock_);
  stride_ = 1;
  return false;
}

void RemoteSlot::apply(Chunk& chunk, RunAnswers& answers, std::uint32_t settled) {
  unfinished_.assign(settled, false);
  for (Failure& failure : answers.failures) {
    if (failure.index >= settled) break;
    unfinished_[failure.index] = true;
    notes_.failed(failure.kind, failure.status);
    notes_.answered(chunk.items[sent_[failure.index]].message, false);
    failure.index = sent_[failure.index];
    chunk.failures.push_back(std::move(failure));
  }
  for (const std::uint32_t index : answers.unattempted) {
    if (index >= settled) break;
    unfinished_[index] = true;
    notes_.leave_out();
    chunk.unattempted.push_back(sent_[index]);
  }
  for (Emitted& emitted : answers.emitted) {
    if (emitted.index >= settled) break;
    unfinished_[emitted.index] = true;
    emitted.index = sent_[emitted.index];
    chunk.emitted.push_back(std::move(emitted));
  }
  for (std::uint32_t i = 0; i < settled; ++i) {
    const kafka::HeldMessage& message = chunk.items[sent_[i]].message;
    notes_.seen(message.timestamp_ms());
    if (!unfinished_[i]) notes_.answered(message, true);
  }
}

void RemoteSlot::leave_unattempted(Chunk& chunk, std::uint32_t first, std::uint32_t end) {
  for (; first < end; ++first) chunk.unattempted.push_back(sent_[first]);
}

// Whether what the chunk still holds stands behind one of this run's messages that waits.
bool RemoteSlot::rest_waits(Chunk& chunk, std::size_t failures_before) {
  const std::uint32_t last = sent_.back();
  const Lane* const lane = chunk.items[last].lane;
  bool lane_waits = false;
  for (std::size_t i = failures_before; i < chunk.failures.size(); ++i) {
    const Failure& failure = chunk.failures[i];
    if (!policy_.waits_after(failure.status)) continue;
    if (failure.status == TIDEGATE_PAUSE) return true;
    lane_waits |= lane != nullptr && chunk.items[failure.index].lane == lane;
  }
  return lane_waits && hold_back(chunk, last);
}

void RemoteSlot::fit_stride(Duration handling, std::uint32_t calls) {
  const Duration each = std::max(handling / calls, Duration(100));
  const auto fits = static_cast<std::uint32_t>(std::max<std::int64_t>(kRunGoal / each, 1));
  stride_ = std::min({fits, stride_ * 2, kMostOfRun});
}

}  // namespace tidegate
