// SPDX-License-Identifier: Apache-2.0
//
// Reloads of a running host, one at a time. The configuration is read again and checked whole, and
// every plugin whose file or configuration is another one is tried; where anything is wrong, or a
// key of the host itself differs, nothing changes at all. Else every pipeline puts its plugin in,
// and those that differ in more are changed, added and removed. Thread rule: construct, start, stop
// and destroy on [main]; the rest [any]. Its thread is [reload].
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "host/app/pipeline_set.hpp"
#include "host/app/reload/changeover.hpp"
#include "host/app/reload/config_diff.hpp"
#include "host/app/reload/reload_report.hpp"
#include "host/base/config/load.hpp"
#include "host/base/metrics/host_snapshot.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class Reloads {
 public:
  // Reads the configuration as it is now; may be empty: then it is taken as unchanged.
  using Reread = std::function<config::LoadResult()>;
  // pipelines outlive this.
  Reloads(config::Host running, Reread reread, PipelineSet& pipelines, Changeover::Make make);
  ~Reloads();
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  // REQUIRES: the pipelines are started. What was asked for before begins now.
  void start();
  // Of everything, as it stands when the one under way has come to its end. Returns at once; the
  // answer may take minutes. What comes of it is in the log and in the status, too.
  std::future<ReloadReport> begin_all();
  // Of one pipeline's plugin alone, by the configuration that runs. Waits for it.
  [[nodiscard]] ReloadReport one(const std::string& pipeline);

  // What is under way ends as soon as it can, nothing else begins. REQUIRES: the pipelines are
  // closed, or it was never started.
  void request_stop();
  // Waits for that, at most until the time given; true when it has ended.
  [[nodiscard]] bool wait_stopped(MonotonicTime until);

  void add_to(metrics::HostSnapshot& snapshot) const;

 private:
  using Waiting = std::vector<std::promise<ReloadReport>>;
  void run();
  [[nodiscard]] Waiting next();
  [[nodiscard]] ReloadReport all();
  void check_keys(const config::LoadResult& wanted, ReloadReport& report) const;
  using Proved = std::map<std::string, PluginFacts>;  // by pipeline
  [[nodiscard]] Proved try_plugins(const config::LoadResult& wanted, ReloadReport& report) const;
  [[nodiscard]] std::vector<PipelineDiff> differences(const config::Host& wanted) const;
  void put_in(const config::Host& wanted, const Proved& proved, ReloadReport& report);
  void now_runs(const config::Host& wanted, const ReloadReport& report);
  void tell(const ReloadReport& report);

  config::Host running_;  // of [reload]
  const Reread reread_;
  PipelineSet& pipelines_;
  Changeover changeover_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> rolled_back_{0};
  std::atomic<bool> last_applied_{true};
  std::atomic<double> last_applied_unix_seconds_;

  Mutex mutex_;
  CondVar changed_;
  Waiting waiting_ TIDEGATE_GUARDED_BY(mutex_);  // for the next one, which answers them all
  bool stopping_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool ended_ TIDEGATE_GUARDED_BY(mutex_) = true;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidegate
