// SPDX-License-Identifier: Apache-2.0
//
// Puts another version of a pipeline's plugin in while messages flow, and the old one back where
// the new one is worse. The new generation is made beside the old one; the slots take it at their
// next chunk; the old one ends when its last call has returned. A rollback is the same with the
// version before, from its private copy. Nothing here touches Kafka, so the group never notices.
// Thread rule: prove, reload and tick on [swap]; add_to on [any]; current and last_good when
// [swap] has ended; the rest before it is shared.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/base/metrics/snapshot.hpp"
#include "host/base/mutex.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/slot_pool.hpp"
#include "host/handle/swap/file_watch.hpp"
#include "host/handle/swap/plugin_source.hpp"
#include "host/handle/swap/probation.hpp"
#include "host/handle/swap/reload_result.hpp"
#include "host/route/dead_letter_limiter.hpp"

namespace tidegate {

class HotSwap {
 public:
  // A library is never unloaded (FACTS): with isolation = "thread" so many generations may be made
  // in one run of the host, some hundred megabytes at the most.
  static constexpr std::uint32_t kMostGenerations = 1000;

  // A version, and all that is needed to make it once more.
  struct Version {
    PluginFacts facts;
    config::Plugin plugin;
  };
  // first: what the pool works with; on probation where last_good is given and another version. All
  // but these two outlive this.
  HotSwap(const config::Pipeline& pipeline, PluginFacts first, SlotPool& pool, PluginSource& source,
          DeadLetterLimiter& limiter, const Clock& clock,
          std::optional<Version> last_good = std::nullopt);

  // asked: what the configuration says now; empty: the same as the last one that was taken.
  using Asked = std::optional<config::Plugin>;
  // Whether a reload would have to be refused, as far as that shows before the new version is made:
  // `refused`, or `unchanged`, as nothing is. Blocks for plugin.probe_timeout at most.
  [[nodiscard]] ReloadResult prove(const Asked& asked);
  // needed: it is proved first. made: not again where prove() was the last that happened to it.
  enum class Proof : std::uint8_t { needed, made };
  // Reads the plugin's file and swaps it in unless it is what handles already. Blocks for as long
  // as the new version takes to be ready, and briefly for the old one's calls.
  [[nodiscard]] ReloadResult reload(const Asked& asked = std::nullopt, Proof proof = Proof::needed);
  // Looks at probation, at the watched file and at what is left of old generations.
  void tick();
  // When tick() has to be called at the latest; empty: only after a reload.
  [[nodiscard]] std::optional<MonotonicTime> next_tick() const;

  void add_to(metrics::PipelineSnapshot& snapshot) const;

  // The one that handles.
  [[nodiscard]] const Version& current() const { return current_; }
  // The last one that nothing was held against: what it would be taken back to; else itself.
  [[nodiscard]] Version last_good() const;

 private:
  // How long a swap waits for the old version's calls, so that its answer is the whole story.
  static constexpr Duration kForOldCalls = std::chrono::milliseconds(500);

  [[nodiscard]] static std::string label(const PluginFacts& facts);
  [[nodiscard]] static bool same(const Version& one, const Version& other);
  // What the step comes to; `refused` where it throws.
  [[nodiscard]] ReloadResult attempt(const config::Plugin& plugin,
                                     const std::function<ReloadResult()>& step);
  [[nodiscard]] Version read_and_prove(const config::Plugin& plugin, Proof proof);
  [[nodiscard]] ReloadResult try_reload(const config::Plugin& plugin, Proof proof);
  void want(const config::Plugin& plugin);
  void refuse_too_many(const Version& version) const;
  void put_in(const Version& version);
  void swap(Version version);
  void begin_probation();
  void judge();
  void roll_back(const std::string& why);
  void end_old(MonotonicTime until);
  [[nodiscard]] ProbationFigures probation_figures() const;
  [[nodiscard]] ReloadResult refused(const config::Plugin& plugin, const PluginRefused& error);
  void count(metrics::PluginReload what);
  void tell_event(std::string text);
  void tell_probation(const ProbationFigures& figures);

  const config::Pipeline& pipeline_;
  SlotPool& pool_;
  PluginSource& source_;
  DeadLetterLimiter& limiter_;
  const Clock& clock_;

  // Of [swap].
  Version current_;
  config::Plugin wanted_;          // by the configuration; another one after a rollback
  std::optional<Version> before_;  // while on probation: what is put back
  std::optional<Version> proved_;  // by prove(), and not put in yet
  std::optional<Probation> probation_;
  bool limiter_tripped_before_ = false;  // when the current one was swapped in
  std::uint32_t generation_ = 1;
  std::size_t old_still_ = 0;
  MonotonicTime swapped_{};
  bool told_of_old_ = true;  // that an old call lasts
  FileWatch watch_;

  mutable Mutex mutex_;
  metrics::PluginSnapshot told_ TIDEGATE_GUARDED_BY(mutex_);
  std::array<std::uint64_t, kRefusedReasonCount> refused_ TIDEGATE_GUARDED_BY(mutex_){};
};

}  // namespace tidegate
