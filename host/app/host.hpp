// SPDX-License-Identifier: Apache-2.0
//
// All pipelines of one configuration under one roof: loads them, serves the admin address, watches
// over them, stops them. A pipeline that fails leaves the others running. Thread rule: [main], but
// for what is marked otherwise.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/app/admin/control_socket.hpp"
#include "host/app/admin/server.hpp"
#include "host/app/pipeline_set.hpp"
#include "host/app/reload/reloads.hpp"
#include "host/app/verdict.hpp"
#include "host/base/config/model.hpp"
#include "host/base/metrics/host_snapshot.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/route/own_topics.hpp"

namespace tidegate {

class Signals;

// At least one plugin is not run by this host. The text names them all.
struct HostRefused : std::runtime_error {
  struct Refusal {
    std::size_t pipeline;  // its place in the configuration
    RefusedReason reason;
    std::string text;
  };
  using std::runtime_error::runtime_error;
  HostRefused(const std::string& text, std::vector<Refusal> the_refusals)
      : std::runtime_error(text), refusals(std::move(the_refusals)) {}
  std::vector<Refusal> refusals;
};

class Host {
 public:
  enum class Ending : std::uint8_t {
    stopped,    // a signal asked for it; drained
    caught_up,  // all was read and handled; drained
    none_runs,  // no pipeline runs any more
    stuck,  // the drain ran out of time: the process must end by _exit, Host cannot be destroyed
  };
  // Called on [main] several times a second while the host runs and drains.
  using Observer = std::function<void(const std::vector<metrics::PipelineSnapshot>&)>;

  // topics: makes and checks the groups' own topics. Takes the state folder, tries every plugin in
  // a process of its own and then loads it, binds the admin address; no broker is contacted. Throws
  // HostRefused, or std::runtime_error that names the thing and the cure.
  // reread: reads the configuration again for a reload; may be empty: then only plugins are.
  explicit Host(config::Host config,
                std::unique_ptr<TopicAdmin> topics = std::make_unique<KafkaTopicAdmin>(),
                Reloads::Reread reread = {});
  // REQUIRES: run was not called, or has returned something else than stuck.
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Starts all pipelines; returns when they are stopped, or when they would not within
  // host.shutdown_timeout (stuck; what was finished is committed). At most once.
  [[nodiscard]] Ending run(Signals& signals, RunUntil until, const Observer& observe);

  // [any] A consistent picture of each pipeline.
  [[nodiscard]] metrics::HostSnapshot snapshot() const;
  // [any] "127.0.0.1:9464": where /metrics is.
  [[nodiscard]] const std::string& admin_address() const { return admin_->address(); }

 private:
  void load_pipelines();
  void for_each_plugin(const std::function<void(const config::Pipeline&)>& step);
  void serve();
  [[nodiscard]] bool change(const std::string& pipeline, PipelineChange change);
  [[nodiscard]] std::unique_ptr<Pipeline> make_pipeline(PipelineDefinition definition);
  void start_pipelines();
  [[nodiscard]] Ending watch(Signals& signals, RunUntil until, const Observer& observe) const;
  // True when all pipelines are stopped in time, and a reload that was under way has ended.
  [[nodiscard]] bool drain(const Observer& observe);
  [[nodiscard]] bool wait_for_reload(MonotonicTime until, const Observer& observe);

  const config::Host config_;
  const double start_unix_seconds_;
  std::unique_ptr<ControlSocket> control_socket_;  // the state folder is ours as long as it lives
  std::atomic<bool> draining_{false};
  std::unique_ptr<PluginMetrics> plugin_metrics_;  // outlives the plugins that record into it
  std::unique_ptr<TopicAdmin> topics_;
  PipelineSet pipelines_;
  std::unique_ptr<Reloads> reloads_;
  // Last: they ask all of the above.
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<AdminServer> control_;
};

}  // namespace tidegate
