// SPDX-License-Identifier: Apache-2.0
//
// Whether what was swapped in may stay, and how it is put back.
#include <algorithm>
#include <utility>

#include "host/base/log.hpp"
#include "host/handle/swap/hot_swap.hpp"

namespace tidegate {
namespace {

using metrics::PluginReload;

}  // namespace

void HotSwap::begin_probation() {
  probation_.reset();
  const bool nothing_to_put_back = before_ && same(*before_, current_);
  if (current_.plugin.probation.time == config::Milliseconds::zero() || nothing_to_put_back) {
    before_.reset();
  } else {
    probation_.emplace(current_.plugin.probation, swapped_);
  }
  tell_probation({});
}

void HotSwap::tell_probation(const ProbationFigures& figures) {
  const MutexLock lock(mutex_);
  told_.on_probation = probation_.has_value();
  told_.probation_calls = figures.calls;
  told_.probation_failures = figures.failures;
  if (!probation_) return;
  const std::chrono::duration<double> left = probation_->end() - clock_.now();
  const std::chrono::duration<double> wall = clock_.wall().time_since_epoch();
  told_.probation_end_unix_seconds = (wall + left).count();
}

ProbationFigures HotSwap::probation_figures() const {
  const HandlerFigures counted = pool_.figures_of_last();
  ProbationFigures figures;
  for (const std::uint64_t calls : counted.calls) figures.calls += calls;
  figures.failures = figures.calls - counted.calls[static_cast<std::size_t>(ErrorKind::none)];
  const std::uint64_t excused = std::min(counted.excused, figures.failures);
  figures.calls -= excused;
  figures.failures -= excused;
  figures.crashes = counted.worker_deaths;
  figures.limiter_tripped = limiter_.tripped() && !limiter_tripped_before_;
  return figures;
}

void HotSwap::judge() {
  const ProbationFigures figures = probation_figures();
  const Probation::Verdict verdict = probation_->judge(figures, clock_.now());
  if (verdict == Probation::Verdict::goes_on) return tell_probation(figures);
  const std::string why =
      verdict == Probation::Verdict::failed ? probation_->why(figures) : std::string();
  probation_.reset();
  tell_probation(figures);
  if (!why.empty()) return roll_back(why);
  log::info("plugin_stays", "a version of the plugin has passed its probation",
            {{"pipeline", pipeline_.name},
             {"plugin_version", current_.facts.identity.version},
             {"calls", figures.calls},
             {"failures", figures.failures}});
  before_.reset();
}

void HotSwap::roll_back(const std::string& why) {
  Version bad = std::exchange(current_, *std::exchange(before_, std::nullopt));
  const std::string bad_label = label(bad.facts);
  try {
    put_in(current_);
  } catch (const std::exception& error) {
    current_ = std::move(bad);
    log::error("plugin_rollback_failed",
               "a version of the plugin is worse than the one before, which could not be put back",
               {{"pipeline", pipeline_.name},
                {"plugin_version", current_.facts.identity.version},
                {"why", why},
                {"error", error.what()}});
    tell_event(bad_label + " failed its probation (" + why + ") and stays: " + error.what());
    return;
  }
  // What the bad version did must not be held against this one, nor keep it from working.
  if (!limiter_tripped_before_) limiter_.resume();
  end_old(clock_.now() + kForOldCalls);
  log::error("plugin_rolled_back",
             "a new version of the plugin is worse than the one before, which handles again",
             {{"pipeline", pipeline_.name},
              {"plugin_version", current_.facts.identity.version},
              {"bad_version", bad.facts.identity.version},
              {"bad_sha256", bad.facts.sha256},
              {"why", why}});
  count(PluginReload::rolled_back);
  tell_event(bad_label + " was taken back: " + why + "; " + label(current_.facts) + " handles");
}

}  // namespace tidegate
