// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reloads.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include "host/app/reload/config_diff.hpp"
#include "host/base/log.hpp"

namespace tidegate {
namespace {

// A new version may take long to be ready, but whoever asked should not wait for ever.
constexpr auto kPatience = std::chrono::minutes(5);

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ReloadResult not_yet() {
  return {.problem =
              "the new version is not ready after 5 minutes; the old one goes on until it "
              "is, and tidegate status shows what comes of it"};
}

}  // namespace

struct Reloads::Asked {
  std::string pipeline;
  std::future<ReloadResult> answer;
};

Reloads::Reloads(config::Host running, Reread reread,
                 const std::vector<std::unique_ptr<Pipeline>>& pipelines)
    : running_(std::move(running)),
      reread_(std::move(reread)),
      pipelines_(pipelines),
      last_applied_unix_seconds_(unix_seconds()) {}

ReloadReport Reloads::all() {
  ReloadReport report;
  std::vector<Asked> asked = ask_all(report);
  wait(asked, report);
  return report;
}

void Reloads::begin_all() {
  ReloadReport report;
  (void)ask_all(report);
}

ReloadReport Reloads::one(const std::string& name) {
  ReloadReport report;
  std::vector<Asked> asked;
  for (const auto& pipeline : pipelines_) {
    if (pipeline->config().name == name) ask(*pipeline, std::nullopt, asked, report);
  }
  wait(asked, report);
  return report;
}

std::vector<Reloads::Asked> Reloads::ask_all(ReloadReport& report) {
  std::vector<Asked> asked;
  config::LoadResult loaded;
  if (reread_ && !take_configuration(loaded, report)) return asked;
  for (const auto& pipeline : pipelines_) {
    std::optional<config::Plugin> plugin;
    if (loaded.host) {
      const auto wanted =
          std::find_if(loaded.host->pipelines.begin(), loaded.host->pipelines.end(),
                       [&](const auto& other) { return other.name == pipeline->config().name; });
      plugin = wanted->plugin;  // it is there: else a key would have differed
    }
    ask(*pipeline, std::move(plugin), asked, report);
  }
  return asked;
}

bool Reloads::take_configuration(config::LoadResult& loaded, ReloadReport& report) {
  loaded = reread_();
  if (!loaded.host) {
    for (const config::Finding& finding : loaded.findings)
      report.rejected.push_back(config::render(finding));
    report.rejected.emplace_back("the configuration was not taken; nothing has changed");
  } else if (const auto keys = keys_that_need_a_restart(running_, *loaded.host); !keys.empty()) {
    std::string text =
        "these keys differ from the configuration that runs, and only a restart "
        "takes them:";
    for (const std::string& key : keys) text += "\n  " + key;
    report.rejected.push_back(std::move(text));
    report.rejected.emplace_back(
        "nothing has changed; restart the host, or put those keys back (tidegate reload PIPELINE "
        "reloads a plugin alone)");
  }
  last_applied_ = report.rejected.empty();
  ++(report.rejected.empty() ? applied_ : rejected_);
  if (report.rejected.empty()) {
    last_applied_unix_seconds_ = unix_seconds();
    log::info("config_reloaded", "the configuration was read again", {});
    return true;
  }
  std::string why;
  for (const std::string& line : report.rejected) why += (why.empty() ? "" : "\n") + line;
  log::error("config_rejected", "a reload of the configuration changed nothing", {{"error", why}});
  return false;
}

void Reloads::ask(Pipeline& pipeline, std::optional<config::Plugin> plugin,
                  std::vector<Asked>& asked, ReloadReport& report) {
  const std::string& name = pipeline.config().name;
  auto answer = pipeline.reload(std::move(plugin));
  if (answer) asked.push_back({name, std::move(*answer)});
  else report.not_running.push_back(name);
}

void Reloads::wait(std::vector<Asked>& asked, ReloadReport& report) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (Asked& one : asked) {
    const bool there = one.answer.wait_until(until) == std::future_status::ready;
    report.pipelines.emplace_back(one.pipeline, there ? one.answer.get() : not_yet());
  }
}

void Reloads::add_to(metrics::HostSnapshot& snapshot) const {
  snapshot.config_loaded_unix_seconds = last_applied_unix_seconds_;
  snapshot.config_last_applied = last_applied_;
  snapshot.config_reloads_applied = applied_;
  snapshot.config_reloads_rejected = rejected_;
}

}  // namespace tidegate
