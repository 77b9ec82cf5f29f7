// SPDX-License-Identifier: Apache-2.0
//
// Reloads of a running host: the configuration is read again and checked whole; where it differs in
// nothing that a running host cannot change, every pipeline puts in its plugin's file as it is now.
// Thread rule: [any], unless marked.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
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

  // Of everything. Waits for the pipelines' answers, for minutes at most.
  [[nodiscard]] ReloadReport all();
  // The same without waiting for them: their answers are in the log and in the status.
  void begin_all();
  // Of one pipeline's plugin alone, by the configuration that runs. REQUIRES: it is there.
  [[nodiscard]] ReloadReport one(const std::string& pipeline);

  void add_to(metrics::HostSnapshot& snapshot) const;

 private:
  struct Asked;
  // Empty: the configuration was rejected, and report.rejected says why.
  [[nodiscard]] std::vector<Asked> ask_all(ReloadReport& report);
  [[nodiscard]] bool take_configuration(config::LoadResult& loaded, ReloadReport& report);
  static void ask(Pipeline& pipeline, std::optional<config::Plugin> plugin,
                  std::vector<Asked>& asked, ReloadReport& report);
  static void wait(std::vector<Asked>& asked, ReloadReport& report);

  const config::Host running_;
  const Reread reread_;
  const std::vector<std::unique_ptr<Pipeline>>& pipelines_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<bool> last_applied_{true};
  std::atomic<double> last_applied_unix_seconds_;
};

}  // namespace tidegate
