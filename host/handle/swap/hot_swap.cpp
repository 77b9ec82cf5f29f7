// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/hot_swap.hpp"

#include <utility>

#include "host/base/log.hpp"

namespace tidegate {
namespace {

using metrics::PluginReload;

constexpr Duration kLookAtProbation = std::chrono::milliseconds(50);
constexpr Duration kLookAtOld = std::chrono::milliseconds(200);

}  // namespace

std::string HotSwap::label(const PluginFacts& facts) {
  return facts.identity.name + ' ' + facts.identity.version;
}

bool HotSwap::same(const Version& one, const Version& other) {
  return one.facts.sha256 == other.facts.sha256 &&
         one.plugin.config_json == other.plugin.config_json;
}

HotSwap::HotSwap(const config::Pipeline& pipeline, PluginFacts first, SlotPool& pool,
                 PluginSource& source, DeadLetterLimiter& limiter, const Clock& clock,
                 std::optional<Version> last_good)
    : pipeline_(pipeline),
      pool_(pool),
      source_(source),
      limiter_(limiter),
      clock_(clock),
      current_{std::move(first), pipeline.plugin},
      wanted_(pipeline.plugin),
      before_(std::move(last_good)),
      swapped_(clock.now()) {
  watch_.follow(wanted_.path);
  if (before_) begin_probation();
}

HotSwap::Version HotSwap::last_good() const { return before_.value_or(current_); }

ReloadResult HotSwap::prove(const Asked& asked) {
  const config::Plugin plugin = asked.value_or(wanted_);
  proved_.reset();
  return attempt(plugin, [&]() -> ReloadResult {
    proved_ = read_and_prove(plugin, Proof::needed);
    return {
        .what = PluginReload::unchanged, .version = pool_.plugin().get(), .proved = proved_->facts};
  });
}

ReloadResult HotSwap::reload(const Asked& asked, Proof proof) {
  const config::Plugin plugin = asked.value_or(wanted_);
  ReloadResult result = attempt(plugin, [&] { return try_reload(plugin, proof); });
  proved_.reset();
  return result;
}

ReloadResult HotSwap::attempt(const config::Plugin& plugin,
                              const std::function<ReloadResult()>& step) {
  try {
    return step();
  } catch (const PluginRefused& error) {
    return refused(plugin, error);
  } catch (const std::exception& error) {  // no memory, no more processes
    return refused(plugin, PluginRefused(plugin.path, RefusedReason::load_failed, error.what(),
                                         "mend that, then reload once more"));
  }
}

HotSwap::Version HotSwap::read_and_prove(const config::Plugin& plugin, Proof proof) {
  Version version{source_.read(plugin), plugin};
  if (same(version, current_)) return version;
  refuse_too_many(version);
  const bool made = proof == Proof::made && proved_ && same(version, *proved_);
  if (!made) source_.prove(plugin, version.facts);
  return version;
}

ReloadResult HotSwap::try_reload(const config::Plugin& plugin, Proof proof) {
  const MonotonicTime begin = clock_.now();
  Version version = read_and_prove(plugin, proof);
  if (same(version, current_)) {
    want(plugin);
    current_ = std::move(version);
    count(PluginReload::unchanged);
    return {.what = PluginReload::unchanged, .version = pool_.plugin().get()};
  }
  const PluginVersionPtr before = pool_.plugin().get();
  swap(std::move(version));
  const Duration took = clock_.now() - begin;
  want(plugin);
  end_old(clock_.now() + kForOldCalls);
  count(PluginReload::swapped);
  tell_event(label(current_.facts) + " was swapped in for " + before->version);
  const PluginVersionPtr now = pool_.plugin().get();
  log::info("plugin_swapped", "another version of the plugin handles from now on",
            {{"pipeline", pipeline_.name},
             {"plugin", now->name},
             {"plugin_version", now->version},
             {"version_before", before->version},
             {"sha256", now->sha256},
             {"generation", now->generation},
             {"duration_seconds", std::chrono::duration<double>(took).count()}});
  return {.what = PluginReload::swapped,
          .version = now,
          .before = before,
          .took = took,
          .old_still = old_still_,
          .probation = probation_ ? plugin.probation.time : config::Milliseconds{}};
}

void HotSwap::want(const config::Plugin& plugin) {
  wanted_ = plugin;
  watch_.follow(plugin.path);
}

void HotSwap::refuse_too_many(const Version& version) const {
  if (pipeline_.isolation == config::Isolation::process || generation_ < kMostGenerations) return;
  throw PluginRefused(version.plugin.path, RefusedReason::too_many_generations,
                      "this host has made " + std::to_string(generation_) +
                          " generations of it, none of which can be unloaded",
                      "restart the host, or set isolation = \"process\"");
}

void HotSwap::put_in(const Version& version) {
  pool_.put_in(source_.make(generation_ + 1, version.facts, version.plugin));
  ++generation_;
  swapped_ = clock_.now();
  told_of_old_ = false;
}

void HotSwap::swap(Version version) {
  const bool tripped = limiter_.tripped();
  put_in(version);
  limiter_tripped_before_ = tripped;
  // What is put back is the last version that nothing was held against.
  if (!probation_) before_ = std::move(current_);
  current_ = std::move(version);
  begin_probation();
}

void HotSwap::tick() {
  if (old_still_ > 0) end_old(clock_.now());
  if (probation_) judge();
  if (wanted_.watch && watch_.look(clock_.now())) (void)reload();
}

std::optional<MonotonicTime> HotSwap::next_tick() const {
  const MonotonicTime now = clock_.now();
  if (probation_) return now + kLookAtProbation;
  if (old_still_ > 0) return now + kLookAtOld;
  if (wanted_.watch) return now + FileWatch::kBetweenLooks;
  return std::nullopt;
}

void HotSwap::end_old(MonotonicTime until) {
  old_still_ = pool_.end_old(until);
  {
    const MutexLock lock(mutex_);
    told_.old_still = old_still_;
  }
  if (old_still_ == 0 || told_of_old_ || clock_.now() < swapped_ + pipeline_.drain_timeout) return;
  told_of_old_ = true;
  log::warn("plugin_old_call_lasts",
            "a call of an earlier version of the plugin has not returned within drain_timeout; its "
            "lane waits for it, the others have the new version",
            {{"pipeline", pipeline_.name}, {"generations", old_still_}});
}

ReloadResult HotSwap::refused(const config::Plugin& plugin, const PluginRefused& error) {
  log::error("plugin_reload_refused", "the plugin's new file is not run; the old version goes on",
             {{"pipeline", pipeline_.name},
              {"file", plugin.path.string()},
              {"reason", name(error.reason())},
              {"error", error.what()}});
  {
    const MutexLock lock(mutex_);
    ++refused_[static_cast<std::size_t>(error.reason())];
  }
  count(PluginReload::refused);
  tell_event(error.what());
  return {.what = PluginReload::refused, .version = pool_.plugin().get(), .problem = error.what()};
}

void HotSwap::count(PluginReload what) {
  const MutexLock lock(mutex_);
  ++told_.reloads[static_cast<std::size_t>(what)];
}

void HotSwap::tell_event(std::string text) {
  const MutexLock lock(mutex_);
  told_.last_reload = std::move(text);
  told_.last_reload_unix_seconds =
      std::chrono::duration<double>(clock_.wall().time_since_epoch()).count();
}

void HotSwap::add_to(metrics::PipelineSnapshot& snapshot) const {
  {
    const MutexLock lock(mutex_);
    snapshot.plugin = told_;
    for (std::size_t reason = 0; reason < kRefusedReasonCount; ++reason)
      snapshot.plugin.load_failures[kRefusedReasonNames[reason]] = refused_[reason];
  }
  const PluginVersionPtr version = pool_.plugin().get();
  snapshot.plugin.name = version->name;
  snapshot.plugin.version = version->version;
  snapshot.plugin.sha256 = version->sha256;
  snapshot.plugin.generation = version->generation;
}

}  // namespace tidegate
