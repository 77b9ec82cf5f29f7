// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reloads.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "host/app/reload/config_diff.hpp"
#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

// A new version may take long to be ready, but whoever asked should not wait for ever.
constexpr auto kPatience = std::chrono::minutes(5);

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ReloadResult not_yet() {
  return {.problem =
              "no answer after 5 minutes; the old version goes on until the new one is "
              "ready, and tidegate status shows what comes of it"};
}

// Where the configuration that was read has the pipeline. REQUIRES: its name is there: else a key
// would have differed.
std::size_t place_of(const config::Host& host, const std::string& pipeline) {
  const auto found = std::find_if(host.pipelines.begin(), host.pipelines.end(),
                                  [&](const auto& other) { return other.name == pipeline; });
  return static_cast<std::size_t>(found - host.pipelines.begin());
}

HotSwap::Asked plugin_of(const config::LoadResult& loaded, const std::string& pipeline) {
  if (!loaded.host) return std::nullopt;
  return loaded.host->pipelines.at(place_of(*loaded.host, pipeline)).plugin;
}

}  // namespace

// What the pipelines were asked, and their answers.
struct Reloads::Asked {
  using Answer = std::optional<std::future<ReloadResult>>;

  void add(const Pipeline& pipeline, Answer answer, ReloadReport& report) {
    const std::string& name = pipeline.config().name;
    if (answer) answers.emplace_back(name, std::move(*answer));
    else report.not_running.push_back(name);
  }
  void wait(ReloadReport& report) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (auto& [pipeline, answer] : answers) {
      const bool there = answer.wait_until(until) == std::future_status::ready;
      report.pipelines.emplace_back(pipeline, there ? answer.get() : not_yet());
    }
  }
  std::vector<std::pair<std::string, std::future<ReloadResult>>> answers{};
};

// While it lives, no other reload of everything begins.
class Reloads::Turn {
 public:
  explicit Turn(Reloads& reloads) : reloads_(reloads) {
    const MutexLock lock(reloads_.mutex_);
    reloads_.changed_.wait(reloads_.mutex_,
                           [this]() TIDEGATE_REQUIRES(reloads_.mutex_) { return !reloads_.busy_; });
    reloads_.busy_ = true;
  }
  ~Turn() {
    const MutexLock lock(reloads_.mutex_);
    reloads_.busy_ = false;
    reloads_.changed_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Reloads& reloads_;
};

Reloads::Reloads(config::Host running, Reread reread,
                 const std::vector<std::unique_ptr<Pipeline>>& pipelines)
    : running_(std::move(running)),
      reread_(std::move(reread)),
      pipelines_(pipelines),
      last_applied_unix_seconds_(unix_seconds()),
      thread_([this] { run(); }) {}

Reloads::~Reloads() {
  const MutexLock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

ReloadReport Reloads::all() {
  const Turn turn(*this);
  ReloadReport report;
  const config::LoadResult loaded = reread_ ? reread_() : config::LoadResult{};
  check_keys(loaded, report);
  if (report.rejected.empty()) try_plugins(loaded, report);
  tell(report);
  if (!report.rejected.empty()) return report;
  Asked asked;
  for (const auto& pipeline : pipelines_) {
    auto plugin = plugin_of(loaded, pipeline->config().name);
    asked.add(*pipeline, pipeline->reload(std::move(plugin), HotSwap::Proof::made), report);
  }
  asked.wait(report);
  return report;
}

ReloadReport Reloads::one(const std::string& name) {
  ReloadReport report;
  Asked asked;
  for (const auto& pipeline : pipelines_) {
    if (pipeline->config().name == name)
      asked.add(*pipeline, pipeline->reload(std::nullopt), report);
  }
  asked.wait(report);
  return report;
}

void Reloads::check_keys(const config::LoadResult& loaded, ReloadReport& report) const {
  if (!reread_) return;
  if (!loaded.host) {
    for (const config::Finding& finding : loaded.findings)
      report.rejected.push_back(config::render(finding));
    report.rejected.emplace_back("the configuration was not taken; nothing has changed");
    return;
  }
  const auto keys = keys_that_need_a_restart(running_, *loaded.host);
  if (keys.empty()) return;
  std::string text =
      "these keys differ from the configuration that runs, and only a restart takes them:";
  for (const std::string& key : keys) text += "\n  " + key;
  report.rejected.push_back(std::move(text));
  report.rejected.emplace_back(
      "nothing has changed; restart the host, or put those keys back (tidegate reload PIPELINE "
      "reloads a plugin alone)");
}

// All of them before any is put in, so that a deployment of several is not done by half.
void Reloads::try_plugins(const config::LoadResult& loaded, ReloadReport& report) const {
  ReloadReport tried;
  Asked asked;
  for (const auto& pipeline : pipelines_)
    asked.add(*pipeline, pipeline->prove(plugin_of(loaded, pipeline->config().name)), tried);
  asked.wait(tried);
  for (const auto& [pipeline, result] : tried.pipelines) {
    if (result.what != metrics::PluginReload::refused) continue;
    if (!loaded.host) {
      report.rejected.push_back("pipeline " + pipeline + ": " + result.problem);
      continue;
    }
    config::Finding finding = loaded.plugin_places.at(place_of(*loaded.host, pipeline));
    finding.message = result.problem;
    report.rejected.push_back(config::render(finding));
  }
  if (!report.rejected.empty())
    report.rejected.emplace_back("no plugin was put in; nothing has changed");
}

void Reloads::tell(const ReloadReport& report) {
  last_applied_ = report.rejected.empty();
  ++(report.rejected.empty() ? applied_ : rejected_);
  if (report.rejected.empty()) {
    last_applied_unix_seconds_ = unix_seconds();
    log::info("config_reloaded", "the configuration was read again", {});
    return;
  }
  std::string why;
  for (const std::string& line : report.rejected) why += (why.empty() ? "" : "\n") + line;
  log::error("config_rejected", "a reload changed nothing", {{"error", why}});
}

void Reloads::begin_all() {
  const MutexLock lock(mutex_);
  asked_ = true;
  changed_.notify_all();
}

void Reloads::run() {
  set_thread_name("reload");
  while (true) {
    {
      const MutexLock lock(mutex_);
      changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return asked_ || stopping_; });
      if (stopping_) return;
      asked_ = false;
    }
    (void)all();
  }
}

void Reloads::add_to(metrics::HostSnapshot& snapshot) const {
  snapshot.config_loaded_unix_seconds = last_applied_unix_seconds_;
  snapshot.config_last_applied = last_applied_;
  snapshot.config_reloads_applied = applied_;
  snapshot.config_reloads_rejected = rejected_;
}

}  // namespace tidegate
