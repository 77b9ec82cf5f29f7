// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/measure.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "host/app/workbench/allocations.hpp"

namespace tidegate::workbench {
namespace {

constexpr std::size_t kRoundMessages = 2000;

tidegate_status do_nothing(void* /*instance*/, const tidegate_message* /*message*/,
                           tidegate_result* /*result*/) {
  return TIDEGATE_OK;
}

tidegate_status do_nothing_in_batch(void* /*instance*/, const tidegate_message* const* /*messages*/,
                                    std::size_t count, tidegate_status* statuses,
                                    tidegate_result* const* /*results*/) {
  std::fill_n(statuses, count, TIDEGATE_OK);
  return TIDEGATE_OK;
}

constexpr tidegate_plugin kNothing = {
    sizeof(tidegate_plugin), 0, nullptr, nullptr, &do_nothing, &do_nothing_in_batch, nullptr};

// Counts allocations inside the plugin's functions only.
class Counting {
 public:
  explicit Counting(const PluginInstance& plugin) : plugin_(plugin), table_(plugin.table()) {
    table_.handle = &handle;
    if (table_.handle_batch != nullptr) table_.handle_batch = &handle_batch;
  }
  [[nodiscard]] const tidegate_plugin& table() const { return table_; }
  [[nodiscard]] bool works() const { return counter_.works(); }
  [[nodiscard]] std::uint64_t allocations() const { return allocations_; }

 private:
  template <class Call>
  tidegate_status counted(Call call) {
    const std::uint64_t before = counter_.count();
    const tidegate_status status = call();
    allocations_ += counter_.count() - before;
    return status;
  }
  static tidegate_status handle(void* self, const tidegate_message* message,
                                tidegate_result* result) {
    auto& counting = *static_cast<Counting*>(self);
    return counting.counted([&] {
      return counting.plugin_.table().handle(counting.plugin_.instance(), message, result);
    });
  }
  static tidegate_status handle_batch(void* self, const tidegate_message* const* messages,
                                      std::size_t count, tidegate_status* statuses,
                                      tidegate_result* const* results) {
    auto& counting = *static_cast<Counting*>(self);
    return counting.counted([&] {
      return counting.plugin_.table().handle_batch(counting.plugin_.instance(), messages, count,
                                                   statuses, results);
    });
  }

  const PluginInstance& plugin_;
  tidegate_plugin table_;
  AllocationCounter counter_;
  std::uint64_t allocations_ = 0;
};

// The samples over and over, of one partition, with offsets of their own.
std::vector<Sample> round_of(const std::vector<Sample>& samples, std::uint32_t batch_messages) {
  std::vector<Sample> round;
  for (std::size_t i = 0; i < std::max<std::size_t>(kRoundMessages, batch_messages); ++i) {
    Sample sample = samples[i % samples.size()];
    sample.topic = samples.front().topic;
    sample.partition = samples.front().partition;
    sample.offset = static_cast<std::int64_t>(i);
    round.push_back(std::move(sample));
  }
  return round;
}

struct Rounds {
  std::uint64_t messages = 0;
  double median_ns = 0;
};

Duration run_round(Driver& driver, std::span<const Sample> round, Rounds& rounds) {
  Chunk chunk;
  driver.fill(chunk, round);
  rounds.messages += round.size();
  return driver.work(chunk);
}

// Begins with few messages, for a handler may be slow, and takes more while a round is short.
Rounds run_rounds(Driver& driver, std::span<const Sample> round, std::uint32_t batch_messages,
                  Duration time) {
  constexpr Duration kLongRound = std::chrono::milliseconds(2);
  constexpr std::size_t kLeastRounds = 3;
  Rounds rounds;
  std::size_t count = std::clamp<std::size_t>(batch_messages, 1, round.size());
  const MonotonicTime begin = system_clock().now();
  const auto is_over = [&] { return system_clock().now() - begin >= time; };
  while (count < round.size() && run_round(driver, round.first(count), rounds) < kLongRound)
    count = std::min(count * 2, round.size());
  std::vector<double> ns;
  while (ns.size() < kLeastRounds || !is_over()) {
    const Duration took = run_round(driver, round.first(count), rounds);
    ns.push_back(static_cast<double>(took.count()) / static_cast<double>(count));
  }
  const auto middle = ns.begin() + static_cast<std::ptrdiff_t>(ns.size() / 2);
  std::nth_element(ns.begin(), middle, ns.end());
  rounds.median_ns = *middle;
  return rounds;
}

}  // namespace

Measured measure(const PluginInstance& plugin, const std::vector<Sample>& samples,
                 std::uint32_t batch_messages, Duration time) {
  const Calls calls{batch_messages, {}};
  const std::vector<Sample> round = round_of(samples, batch_messages);
  Measured result;
  result.batch_messages = batch_messages;

  Driver empty(kNothing, nullptr, calls);
  result.host_ns_per_message = run_rounds(empty, round, batch_messages, time / 4).median_ns;
  Driver driver(plugin.table(), plugin.instance(), calls);
  const Rounds rounds = run_rounds(driver, round, batch_messages, time);
  result.messages = rounds.messages;
  result.ns_per_message = rounds.median_ns;

  const std::span<const Sample> few(round.data(), std::min(round.size(), samples.size()));
  Counting counting(plugin);
  Driver counted(counting.table(), &counting, calls);
  for (const Answer& answer : counted.handle(few)) ++result.answers[answer_name(answer)];
  if (counting.works())
    result.allocations_per_message =
        static_cast<double>(counting.allocations()) / static_cast<double>(few.size());
  return result;
}

}  // namespace tidegate::workbench
