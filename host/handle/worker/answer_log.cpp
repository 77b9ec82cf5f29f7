// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/answer_log.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "host/handle/batch_room.hpp"

namespace tidegate {
namespace {

enum class Entry : std::uint8_t { failure = 1, unattempted, output, end };

struct FailureHead {
  std::uint32_t index;
  std::int32_t status;
  std::uint32_t delay_ms;
  std::uint32_t of_emit;  // 1: kind `emit`, else as the status says
};

struct OutputHead {
  std::uint32_t index;
  std::int32_t partition;
  std::int64_t timestamp_ms;
  std::uint32_t header_count;
};

constexpr std::uint32_t kMostHeaders = 100'000;
constexpr std::string_view kTooMuch = "what the call emitted has no room on its way to the host";

}  // namespace

void AnswerLog::clear() {
  out_.rewind(0);
  failures_ = unattempted_ = emitted_ = 0;
  link_.answer_bytes.store(0, std::memory_order_relaxed);
  link_.calling.store(0, std::memory_order_release);
}

void AnswerLog::calling(const Chunk& chunk, ItemRange items) noexcept {
  publish(chunk);
  link_.calling.store(pack_range(items), std::memory_order_release);
}

void AnswerLog::give_back(Chunk& chunk) noexcept {
  publish(chunk);
  out_.value(Entry::end);
  out_.value(chunk.claimed());
  out_.value(std::int64_t{chunk.handling.count()});
  link_.answer_bytes.store(out_.size(), std::memory_order_release);
  link_.calling.store(pack_range({chunk.claimed(), 0}), std::memory_order_release);
}

void AnswerLog::publish(const Chunk& chunk) {
  const std::size_t before = out_.size();
  for (; failures_ < chunk.failures.size(); ++failures_) add(chunk.failures[failures_]);
  for (; unattempted_ < chunk.unattempted.size(); ++unattempted_) {
    out_.value(Entry::unattempted);
    out_.value(chunk.unattempted[unattempted_]);
  }
  for (; emitted_ < chunk.emitted.size(); ++emitted_) add(chunk.emitted[emitted_]);
  if (out_.size() != before) link_.answer_bytes.store(out_.size(), std::memory_order_release);
}

void AnswerLog::add(const Failure& failure) {
  out_.value(Entry::failure);
  out_.value(FailureHead{failure.index, failure.status, failure.delay_ms,
                         failure.kind == ErrorKind::emit ? 1U : 0U});
  out_.bytes(failure.reason);
}

void AnswerLog::add(const Emitted& emitted) {
  // Room that failures and the end will need whatever is emitted.
  constexpr std::size_t kKept = 4 * kMiB;
  const std::size_t before = out_.size();
  for (const Output& output : emitted.outputs) {
    const std::size_t headers =
        output.headers == nullptr ? 0 : rd_kafka_header_cnt(output.headers.get());
    out_.value(Entry::output);
    out_.value(OutputHead{emitted.index, output.partition.value, output.timestamp_ms,
                          static_cast<std::uint32_t>(headers)});
    out_.bytes(output.topic);
    out_.bytes(output.key);
    out_.bytes(output.value);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; i < headers; ++i) {
      (void)rd_kafka_header_get_all(output.headers.get(), i, &name, &value, &size);
      out_.bytes(name);
      out_.bytes({static_cast<const char*>(value), size});
    }
  }
  if (out_.fits() && out_.size() <= kAnswerAreaBytes - kKept) return;
  out_.rewind(before);
  add(Failure{emitted.index, TIDEGATE_FAIL, ErrorKind::emit, 0, std::string(kTooMuch)});
}

namespace {

// Each message is in one list at most.
class Indices {
 public:
  explicit Indices(std::uint32_t count) : taken_(count) {}
  bool take(std::uint32_t index) {
    if (index >= taken_.size() || taken_[index]) return false;
    taken_[index] = true;
    return true;
  }

 private:
  std::vector<bool> taken_;
};

bool read_failure(ByteReader& in, Indices& indices, RunAnswers& into) {
  const auto head = in.value<FailureHead>();
  const kafka::Bytes reason = in.bytes();
  if (!in.ok() || reason.size() > kReasonBytes || head.status == TIDEGATE_OK) return false;
  if (!indices.take(head.index)) return false;
  into.failures.push_back({head.index, head.status,
                           head.of_emit == 1 ? ErrorKind::emit : kind_of(head.status),
                           head.delay_ms, std::string(reason)});
  return true;
}

bool read_unattempted(ByteReader& in, Indices& indices, RunAnswers& into) {
  const auto index = in.value<std::uint32_t>();
  if (!in.ok() || !indices.take(index)) return false;
  into.unattempted.push_back(index);
  return true;
}

bool read_output(ByteReader& in, Indices& indices, RunAnswers& into) {
  const auto head = in.value<OutputHead>();
  if (!in.ok() || head.header_count > kMostHeaders) return false;
  tidegate_output raw{};
  raw.struct_size = sizeof raw;
  raw.partition = head.partition;
  raw.timestamp_ms = head.timestamp_ms;
  const auto bytes = [&] {
    const kafka::Bytes read = in.bytes();
    return tidegate_bytes{read.data(), read.size()};
  };
  raw.topic = bytes();
  raw.key = bytes();
  raw.value = bytes();
  std::vector<tidegate_header> headers;
  for (std::uint32_t i = 0; i < head.header_count && in.ok(); ++i) {
    const tidegate_bytes name = bytes();
    headers.push_back({name, bytes()});
  }
  raw.headers = headers.data();
  raw.header_count = headers.size();
  std::string problem;
  OutputPtr made = in.ok() ? make_output(raw, problem) : nullptr;
  if (made == nullptr) return false;
  if (into.emitted.empty() || into.emitted.back().index != head.index) {
    if (!indices.take(head.index)) return false;
    into.emitted.push_back({head.index, {}});
  }
  into.emitted.back().outputs.push_back(std::move(made));
  return true;
}

bool read_end(ByteReader& in, std::uint32_t count, RunAnswers& into) {
  const auto claimed = in.value<std::uint32_t>();
  const auto handling = in.value<std::int64_t>();
  if (!in.ok() || claimed > count || handling < 0 || !in.at_end()) return false;
  into.end = {claimed, Duration(handling)};
  return true;
}

bool read_entry(ByteReader& in, std::uint32_t count, Indices& indices, RunAnswers& into) {
  switch (in.value<Entry>()) {
    case Entry::failure: return read_failure(in, indices, into);
    case Entry::unattempted: return read_unattempted(in, indices, into);
    case Entry::output: return read_output(in, indices, into);
    case Entry::end: return read_end(in, count, into);
  }
  return false;
}

}  // namespace

std::optional<RunAnswers> read_answers(std::string_view log, std::uint32_t count) {
  ByteReader in(log.data(), log.size());
  RunAnswers answers;
  Indices indices(count);
  while (!in.at_end()) {
    if (!read_entry(in, count, indices, answers)) return std::nullopt;
  }
  const auto by_index = [](const auto& a, const auto& b) { return a.index < b.index; };
  std::sort(answers.failures.begin(), answers.failures.end(), by_index);
  std::sort(answers.emitted.begin(), answers.emitted.end(), by_index);
  std::sort(answers.unattempted.begin(), answers.unattempted.end());
  if (!answers.end) return answers;
  // Nothing is said of what was not reached.
  const auto beyond = [&](std::uint32_t index) { return index >= answers.end->claimed; };
  if ((!answers.failures.empty() && beyond(answers.failures.back().index)) ||
      (!answers.unattempted.empty() && beyond(answers.unattempted.back())) ||
      (!answers.emitted.empty() && beyond(answers.emitted.back().index)))
    return std::nullopt;
  return answers;
}

}  // namespace tidegate
