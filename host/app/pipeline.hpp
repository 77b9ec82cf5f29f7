// SPDX-License-Identifier: Apache-2.0
//
// One pipeline, put together: its plugin, its slots and its consumers. This is wiring: what happens
// to a message is in the folders to the right. Thread rule: construct, start, stop and destroy on
// [main]; snapshot on [any].
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/swap/hot_swap.hpp"

namespace tidegate {

class PluginMetrics;
class TopicAdmin;

class Pipeline {
 public:
  // Checks, copies and loads the plugin and makes its instances; no broker is contacted.
  // Throws PluginRefused (exit code 78) or std::runtime_error. admin outlives it.
  Pipeline(config::Pipeline config, const std::filesystem::path& state_dir,
           PluginMetrics& plugin_metrics, TopicAdmin& admin);
  // REQUIRES: stopped, or never started.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Starts slots and consumers; returns at once, brokers need not be there.
  void start();
  // Begins to drain: no handler call starts any more, finished work is committed, the group is
  // left. Returns at once.
  void request_stop(MonotonicTime deadline);
  // When one consumer has failed for good the others have no use: they are stopped too, within
  // drain_timeout. To be called a few times a second while the pipeline runs.
  void tend(MonotonicTime now);
  // [any] No handler call starts any more; what runs ends. Returns when the consumers obey, or
  // after a second. False: the pipeline does not run, so there is nothing to pause.
  [[nodiscard]] bool pause();
  // [any] Lifts the pause and the dead-letter limiter, whose window is empty then. False as above.
  [[nodiscard]] bool resume();
  // [any] As HotSwap's, with this configuration of the plugin (empty: the one that runs); the
  // answer comes when that has come to something. Empty: it does not run.
  [[nodiscard]] std::optional<std::future<ReloadResult>> prove(HotSwap::Asked plugin);
  [[nodiscard]] std::optional<std::future<ReloadResult>> reload(
      HotSwap::Asked plugin, HotSwap::Proof proof = HotSwap::Proof::needed);
  // [any] How often a reload was refused for that reason.
  [[nodiscard]] std::uint64_t plugins_refused(RefusedReason reason) const;
  // Waits until the pipeline is stopped or the time has come; true when stopped.
  [[nodiscard]] bool wait_stopped(MonotonicTime until);
  // Logs each consumer that is not done, and each message whose handler call has not returned. For
  // a stop whose deadline has passed.
  void log_stuck() const;

  // [any] A consistent picture; invariant 5 holds in it.
  [[nodiscard]] metrics::PipelineSnapshot snapshot() const;
  [[nodiscard]] const config::Pipeline& config() const;

 private:
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] bool runs() const;
  void wake_consumers();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate
