// SPDX-License-Identifier: Apache-2.0
//
// One pipeline, put together: its plugin, its slots and its consumers. This is wiring: what happens
// to a message is in the folders to the right. Thread rule: construct, start, wait for the stop and
// destroy on [main] or [reload], one at a time; tend on [main]; the rest [any].
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/swap/hot_swap.hpp"

namespace tidegate {

class PluginMetrics;
class TopicAdmin;

// What a pipeline is made of.
struct PipelineDefinition {
  config::Pipeline config{};
  std::optional<PluginFacts> plugin{};  // to be run as it was checked before; empty: to be read
  // Where plugin is another version it is on probation from its start, and this one comes back.
  std::optional<HotSwap::Version> last_good{};
  bool paused_by_operator = false;  // from its start
};

class Pipeline {
 public:
  // What committing and leaving the group may take once the deadline of a stop has passed.
  static constexpr Duration kCloseGrace = std::chrono::seconds(5);

  // Checks, copies and loads the plugin and makes its instances; no broker is contacted.
  // Throws PluginRefused (exit code 78) or std::runtime_error. admin outlives it.
  Pipeline(PipelineDefinition definition, const std::filesystem::path& state_dir,
           PluginMetrics& plugin_metrics, TopicAdmin& admin);
  // REQUIRES: stopped, or never started.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Starts slots and consumers; returns at once, brokers need not be there. Throws
  // std::system_error where there are no more threads; what was started then waits to be stopped.
  void start();
  // Begins to drain: no handler call starts any more, finished work is committed, the group is
  // left. Returns at once. May be asked for again.
  void request_stop(MonotonicTime deadline);
  // When one consumer has failed for good the others have no use: they are stopped too, within
  // drain_timeout. To be called a few times a second while the pipeline runs.
  void tend(MonotonicTime now);
  // Started, and neither failed nor asked to stop.
  [[nodiscard]] bool runs() const;
  // No handler call starts any more; what runs ends. Returns when the consumers obey, or
  // after a second. False: the pipeline does not run, so there is nothing to pause.
  [[nodiscard]] bool pause();
  // Lifts the pause and the dead-letter limiter, whose window is empty then. False as above.
  [[nodiscard]] bool resume();
  // As HotSwap's, with this configuration of the plugin (empty: the one that runs); the
  // answer comes when that has come to something. Empty: it does not run.
  [[nodiscard]] std::optional<std::future<ReloadResult>> prove(HotSwap::Asked plugin);
  [[nodiscard]] std::optional<std::future<ReloadResult>> reload(
      HotSwap::Asked plugin, HotSwap::Proof proof = HotSwap::Proof::needed);
  // Waits until the pipeline is stopped or the time has come; true when stopped, or never started.
  [[nodiscard]] bool wait_stopped(MonotonicTime until);
  // What makes it once more, with the version of the plugin that handled last. REQUIRES: stopped.
  [[nodiscard]] PipelineDefinition definition() const;
  // Logs each consumer that is not done, and each message whose handler call has not returned. For
  // a stop whose deadline has passed.
  void log_stuck() const;

  // A consistent picture; invariant 5 holds in it.
  [[nodiscard]] metrics::PipelineSnapshot snapshot() const;
  [[nodiscard]] const config::Pipeline& config() const;

 private:
  [[nodiscard]] std::string failure() const;
  void wake_consumers();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate
