// SPDX-License-Identifier: Apache-2.0
#include "host/handle/isolation.hpp"

#include "host/handle/plugin/plugin_instance.hpp"
#include "host/handle/slot.hpp"
#include "host/handle/worker/process_isolation.hpp"

namespace tidegate {
namespace {

class ThreadIsolation final : public Isolation {
 public:
  ThreadIsolation(const PluginFacts& plugin, const config::Pipeline& pipeline,
                  PluginMetrics& plugin_metrics, const Clock& clock)
      : library_(PluginLibrary::open(plugin)),
        policy_(call_policy(pipeline)),
        clock_(clock),
        slots_(pipeline.concurrency) {
    const std::uint32_t instances = library_->thread_safe() ? 1 : slots_;
    for (std::uint32_t i = 0; i < instances; ++i)
      instances_.push_back(std::make_unique<PluginInstance>(
          library_, pipeline.name, pipeline.plugin.config_json, plugin_metrics));
  }

  std::vector<std::unique_ptr<ChunkWorker>> make_slots() override {
    std::vector<std::unique_ptr<ChunkWorker>> slots;
    for (std::uint32_t i = 0; i < slots_; ++i) {
      const PluginInstance& instance = *instances_[i % instances_.size()];
      slots.push_back(
          std::make_unique<Slot>(instance.table(), instance.instance(), policy_, clock_));
    }
    return slots;
  }
  [[nodiscard]] std::uint32_t batch_messages() const override {
    return library_->table().handle_batch != nullptr ? policy_.batch_messages : 1;
  }

 private:
  std::shared_ptr<const PluginLibrary> library_;
  const CallPolicy policy_;
  const Clock& clock_;
  const std::uint32_t slots_;
  std::vector<std::unique_ptr<PluginInstance>> instances_;
};

}  // namespace

std::unique_ptr<Isolation> make_isolation(const PluginFacts& plugin,
                                          const config::Pipeline& pipeline,
                                          PluginMetrics& plugin_metrics, const Clock& clock) {
  if (pipeline.isolation == config::Isolation::process)
    return std::make_unique<ProcessIsolation>(plugin, pipeline, plugin_metrics, clock);
  return std::make_unique<ThreadIsolation>(plugin, pipeline, plugin_metrics, clock);
}

}  // namespace tidegate
