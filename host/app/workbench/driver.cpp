// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/driver.hpp"

#include <algorithm>
#include <utility>

#include "host/handle/plugin/private_copy.hpp"

namespace tidegate::workbench {
namespace {

// Without handle_batch where messages are to come one by one.
tidegate_plugin table_for(tidegate_plugin table, const Calls& calls) {
  if (calls.batch_messages == 0) table.handle_batch = nullptr;
  return table;
}

CallPolicy policy_for(const Calls& calls) {
  CallPolicy policy;
  policy.handler_timeout = calls.handler_timeout;
  policy.batch_messages = std::max(calls.batch_messages, 1U);
  policy.waits = CallPolicy::Waits::never;  // every message gets its call
  return policy;
}

}  // namespace

std::shared_ptr<const PluginLibrary> open_library(const std::filesystem::path& file,
                                                  const std::filesystem::path& state_dir) {
  return PluginLibrary::open({file, read_plugin_file(file).sha256, "", {}}, state_dir);
}

Driver::Driver(const tidegate_plugin& table, void* instance, const Calls& calls)
    : table_(table_for(table, calls)),
      policy_(policy_for(calls)),
      slot_(table_, instance, policy_, system_clock()) {}

void Driver::give_back(Chunk& /*chunk*/) noexcept {}

std::size_t Driver::run_of(std::span<const Sample> samples) const {
  const std::size_t most = table_.handle_batch == nullptr ? 1 : policy_.batch_messages;
  std::size_t count = 0;
  while (count < samples.size() && count < most && samples[count].topic == samples[0].topic &&
         samples[count].partition == samples[0].partition) {
    ++count;
  }
  return count;
}

std::vector<Answer> Driver::handle(std::span<const Sample> samples) {
  std::vector<Answer> answers;
  while (!samples.empty()) {
    const std::size_t count = run_of(samples);
    for (Answer& answer : handle_run(samples.first(count))) answers.push_back(std::move(answer));
    samples = samples.subspan(count);
  }
  return answers;
}

void Driver::fill(Chunk& chunk, std::span<const Sample> samples) {
  chunk.source = std::make_shared<PartitionSource>();
  chunk.source->topic = samples[0].topic;
  chunk.source->partition = Partition{samples[0].partition};
  chunk.home = this;
  for (const Sample& sample : samples) chunk.items.push_back(make_item(sample));
  chunk.open();
}

Duration Driver::work(Chunk& chunk) {
  Duration took{};
  // A slot gives a chunk back when it has had it for long, with what is left of it.
  while (chunk.claimed() < chunk.items.size()) {
    slot_.work(chunk);
    took += chunk.handling;
  }
  return took;
}

std::vector<Answer> Driver::handle_run(std::span<const Sample> samples) {
  Chunk chunk;
  fill(chunk, samples);
  const Duration took = work(chunk);
  std::vector<Answer> answers(samples.size());
  for (Answer& answer : answers) answer.took = took / static_cast<std::int64_t>(samples.size());
  for (const Failure& failure : chunk.failures) {
    Answer& answer = answers[failure.index];
    answer.status = failure.status;
    answer.kind = failure.kind;
    answer.delay_ms = failure.delay_ms;
    answer.reason = failure.reason;
  }
  for (Emitted& emitted : chunk.emitted)
    answers[emitted.index].outputs = std::move(emitted.outputs);
  return answers;
}

}  // namespace tidegate::workbench
