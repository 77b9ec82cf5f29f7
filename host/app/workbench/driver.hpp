// SPDX-License-Identifier: Apache-2.0
//
// Hands messages to a plugin without Kafka: through the same slot, with the same view of a message,
// as a pipeline does. Nothing is retried: each message is attempted once, except for what a batch
// call leaves unanswered, which is attempted one by one as always. Thread rule: one thread.
#pragma once

#include <tidegate/plugin.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "host/app/workbench/answer.hpp"
#include "host/app/workbench/sample.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/slot.hpp"

namespace tidegate::workbench {

// A plugin that somebody names at a terminal is his own: it is checked and loaded as a host does,
// but for who may write the file. Throws PluginRefused.
[[nodiscard]] std::shared_ptr<const PluginLibrary> open_library(
    const std::filesystem::path& file, const std::filesystem::path& state_dir);

struct Calls {
  std::uint32_t batch_messages = 0;  // of one handle_batch call; 0: handle, message by message
  Duration handler_timeout{};        // the deadline that the handler is told; 0: none
};

class Driver final : public ChunkReturn {
 public:
  // table, instance: as a slot's. REQUIRES: they outlive the driver.
  Driver(const tidegate_plugin& table, void* instance, const Calls& calls);

  // The answers, in the same order. An exception that the plugin lets out across the C ABI comes
  // out of here; the driver is of no use then.
  [[nodiscard]] std::vector<Answer> handle(std::span<const Sample> samples);
  // The two halves of it, for who measures: makes the messages; hands all of them to the plugin and
  // returns how long the slot took for that.
  void fill(Chunk& chunk, std::span<const Sample> samples);
  Duration work(Chunk& chunk);
  // How many of the samples from the first on go into one call: of one partition, and no more than
  // a batch.
  [[nodiscard]] std::size_t run_of(std::span<const Sample> samples) const;

  void give_back(Chunk& chunk) noexcept override;

 private:
  std::vector<Answer> handle_run(std::span<const Sample> samples);

  const tidegate_plugin table_;
  CallPolicy policy_;
  Slot slot_;
};

}  // namespace tidegate::workbench
