// SPDX-License-Identifier: Apache-2.0
//
// Reloads of a running host. The configuration is read again and checked whole, and every plugin
// whose file or configuration is another one is tried; where anything is wrong, or a key differs
// that a running host cannot change, nothing changes at all. Else every pipeline puts its plugin
// in. Thread rule: construct and destroy on [main]; the rest [any]. It has a thread of its own for
// what nobody waits for.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/app/pipeline.hpp"
#include "host/app/reload/reload_report.hpp"
#include "host/base/config/load.hpp"
#include "host/base/metrics/host_snapshot.hpp"
#include "host/base/mutex.hpp"

namespace tidegate {

class Reloads {
 public:
  // Reads the configuration as it is now; may be empty: then it is taken as unchanged.
  using Reread = std::function<config::LoadResult()>;
  // pipelines: those of the host; they outlive this, and do not become others.
  Reloads(config::Host running, Reread reread,
          const std::vector<std::unique_ptr<Pipeline>>& pipelines);
  // REQUIRES: the pipelines are stopped, or were never started.
  ~Reloads();
  Reloads(const Reloads&) = delete;
  Reloads& operator=(const Reloads&) = delete;

  // Of everything, one after the other. Waits for the pipelines' answers, for minutes at most.
  [[nodiscard]] ReloadReport all();
  // The same without waiting: what comes of it is in the log and in the status.
  void begin_all();
  // Of one pipeline's plugin alone, by the configuration that runs. REQUIRES: it is there.
  [[nodiscard]] ReloadReport one(const std::string& pipeline);

  void add_to(metrics::HostSnapshot& snapshot) const;

 private:
  struct Asked;
  class Turn;
  void check_keys(const config::LoadResult& loaded, ReloadReport& report) const;
  void try_plugins(const config::LoadResult& loaded, ReloadReport& report) const;
  void tell(const ReloadReport& report);
  void run();

  const config::Host running_;
  const Reread reread_;
  const std::vector<std::unique_ptr<Pipeline>>& pipelines_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<bool> last_applied_{true};
  std::atomic<double> last_applied_unix_seconds_;

  Mutex mutex_;
  CondVar changed_;
  bool busy_ TIDEGATE_GUARDED_BY(mutex_) = false;  // one reload of everything is under way
  bool asked_ TIDEGATE_GUARDED_BY(mutex_) = false;
  bool stopping_ TIDEGATE_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace tidegate
