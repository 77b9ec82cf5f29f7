// SPDX-License-Identifier: Apache-2.0
//
// Whatever a worker process writes for its host: answers in their area, the range of the call that
// runs, the table of metrics, log lines. Reading it does no harm, and what is believed of it is
// within what was handed over. libFuzzer; README.md has the command.
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "host/handle/worker/answer_log.hpp"
#include "host/handle/worker/log_socket.hpp"
#include "host/handle/worker/metric_mirror.hpp"
#include "host/handle/worker/worker_blame.hpp"
#include "tests/fuzz/seeds.hpp"

namespace {

using namespace tidegate;

void check(bool holds) {
  if (!holds) std::abort();
}

// In order, each message in one list at most, and none that was not handed over.
void check_answers(std::string_view log, std::uint32_t count) {
  const auto answers = read_answers(log, count);
  if (!answers) return;
  std::vector<std::uint32_t> seen = answers->unattempted;
  for (const Failure& failure : answers->failures) {
    seen.push_back(failure.index);
    check(failure.status != TIDEGATE_OK && failure.kind != ErrorKind::none);
    check(failure.kind != ErrorKind::crash && failure.kind != ErrorKind::timeout);
  }
  check(std::is_sorted(seen.begin() + static_cast<std::ptrdiff_t>(answers->unattempted.size()),
                       seen.end()));
  check(std::is_sorted(answers->unattempted.begin(), answers->unattempted.end()));
  std::uint32_t before = 0;
  for (const Emitted& emitted : answers->emitted) {
    check(!emitted.outputs.empty() && emitted.index >= before);
    before = emitted.index;
    seen.push_back(emitted.index);
    for (const Output& output : emitted.outputs) check(std::strlen(output.topic) > 0);
  }
  std::sort(seen.begin(), seen.end());
  check(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  const std::uint32_t end = answers->end ? answers->end->claimed : count;
  check(end <= count && (seen.empty() || seen.back() < end));
}

// What the first bytes say of slots that a worker left behind.
void check_blame(std::string_view input) {
  struct Raw {
    std::uint64_t calling;
    std::uint32_t count;
    std::int32_t signal;
  };
  std::vector<CallEvidence> slots;
  for (; input.size() >= sizeof(Raw) && slots.size() < 8; input.remove_prefix(sizeof(Raw))) {
    Raw raw{};
    std::memcpy(&raw, input.data(), sizeof raw);
    slots.push_back(call_evidence(raw.count % 1'025, raw.calling, false));
    slots.back().signal = raw.signal;
  }
  const auto endings = blame(slots, std::nullopt, "was ended");
  check(endings.size() == slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const ItemRange calling = endings[i].calling;
    check(std::uint64_t{calling.first} + calling.count <= slots[i].count);
  }
}

void check_metrics(std::string_view input) {
  const auto table = std::make_unique<MetricTable>();
  std::memcpy(static_cast<void*>(table.get()), input.data(),
              std::min(input.size(), sizeof(MetricTable)));
  PluginMetrics metrics;
  MetricMirror mirror(*table, "orders", metrics);
  mirror.look();
  table->row[0].cells.value.store(1e308);
  mirror.look();
  check(metrics.collect().size() <= kMaxPluginMetrics);
}

void check_log_line(std::string_view input) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) == 0);
  (void)::send(ends[1], input.data(), input.size(), MSG_DONTWAIT);
  const auto line = read_log_line(ends[0]);
  check(!line || line->level <= log::Level::debug);
  for (const int end : ends) ::close(end);
}

constexpr std::size_t kHead = 2;

// A metric that is refused is told, one line each.
[[maybe_unused]] const bool kQuiet = [] {
  log::configure(log::Level::error, log::Format::text);
  return true;
}();

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kHead) return 0;
  // Of its own size, so that the sanitizer sees a read behind its end.
  const std::string input(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  switch (data[0] % 8) {
    case 0: check_blame(input); break;
    case 1: check_metrics(input); break;
    case 2: check_log_line(input); break;
    default: check_answers(input, data[1] * 4U + 1U);
  }
  return 0;
}

namespace tidegate::fuzz {
namespace {

// As AnswerLog writes it (answer_log.cpp), of up to 40 messages.
std::string sound_answers(std::mt19937_64& random) {
  std::string room(4096, '\0');
  ByteWriter out(room.data(), room.size());
  const auto some = static_cast<std::uint32_t>(random() % 40);
  for (std::uint32_t i = 0; i < some; ++i) {
    switch (random() % 4) {
      case 0:
        out.value(std::uint8_t{1});
        out.value(std::array<std::uint32_t, 4>{i, static_cast<std::uint32_t>(1 + random() % 8), 0,
                                               static_cast<std::uint32_t>(random() % 2)});
        out.bytes("no stock");
        break;
      case 1:
        out.value(std::uint8_t{2});
        out.value(i);
        break;
      case 2:
        out.value(std::uint8_t{3});
        out.value(std::array<std::uint32_t, 6>{i, UINT32_MAX, UINT32_MAX, UINT32_MAX, 1, 0});
        for (const char* text : {"copies", "key", "value", "name", "content"}) out.bytes(text);
        break;
      default: break;
    }
  }
  out.value(std::uint8_t{4});
  out.value(some);
  out.value(std::int64_t{1000});
  return room.substr(0, out.size());
}

std::string sound_metrics() {
  std::string bytes(offsetof(MetricTable, row) + sizeof(MetricRow), '\0');
  MetricRow row{};
  row.kind = TIDEGATE_METRIC_HISTOGRAM;
  std::memcpy(row.name.data(), "wait_seconds", 12);
  std::memcpy(row.help.data(), "how long", 8);
  bytes[0] = 1;
  std::memcpy(bytes.data() + offsetof(MetricTable, row), static_cast<const void*>(&row),
              sizeof row);
  return bytes;
}

}  // namespace

std::string seed(std::mt19937_64& random) {
  const char kind = static_cast<char>(random() % 8);
  const std::string head = {kind, '\x20'};
  if (kind == 0) return head + std::string(64, static_cast<char>(random() % 3));
  if (kind == 1) return head + sound_metrics();
  if (kind == 2) return head + "\x02a line";
  return head + sound_answers(random);
}

void mutate(std::string& bytes, std::mt19937_64& random) { mutate_anywhere(bytes, random); }

}  // namespace tidegate::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most)
    __attribute__((weak));

// One in eight begins anew from a sound input, from which libFuzzer's own mutations go on.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int number) {
  std::mt19937_64 random(number);
  if (size >= kHead && random() % 8 != 0) return LLVMFuzzerMutate(data, size, most);
  std::string bytes = tidegate::fuzz::seed(random);
  bytes.resize(std::min(bytes.size(), most));
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}
