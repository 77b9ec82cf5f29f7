// SPDX-License-Identifier: Apache-2.0
//
// Pipelines of a running host that are changed, added and removed. All that end are ended before
// anything starts, because they may take over groups, transactional ids and instance ids from one
// another. What cannot be made or started is made again as it was; what does not end is left as it
// is; the others go on. Thread rule: [reload].
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/app/pipeline_set.hpp"
#include "host/base/clock.hpp"

namespace tidegate {

// rolled_back: it runs as it did before; failed: it does not run.
enum class ChangeResult : std::uint8_t { changed, added, removed, rolled_back, failed };
[[nodiscard]] std::string_view name(ChangeResult result);

struct ChangedPipeline {
  std::string pipeline;
  ChangeResult what = ChangeResult::changed;
  std::string why = {};                       // rolled_back, failed
  std::optional<config::Pipeline> runs = {};  // as it was made; empty: it is gone
};

class Changeover {
 public:
  // Throws as Pipeline's constructor.
  using Make = std::function<std::unique_ptr<Pipeline>(PipelineDefinition)>;
  // One pipeline and what it is to be; empty: it is to go. plugin: as it was proved; empty: to be
  // read.
  struct Wanted {
    std::string pipeline;
    std::optional<config::Pipeline> config{};
    std::optional<PluginFacts> plugin{};
  };

  // pipelines outlive this.
  Changeover(PipelineSet& pipelines, Make make) : pipelines_(pipelines), make_(std::move(make)) {}

  // Blocks for the longest drain_timeout, and until what was started is seen to run or to fail; all
  // at the same time. What falls back may take as long once more.
  // Ends early where the set is closed meanwhile, and starts nothing any more.
  [[nodiscard]] std::vector<ChangedPipeline> run(std::vector<Wanted> all);

 private:
  enum class Stage : std::uint8_t;
  struct Step;
  void round(std::vector<Step>& steps);
  void ask_to_stop(Step& step);
  void end(Step& step);
  void begin(Step& step);
  void watch(Step& step, MonotonicTime look);
  void does_not_run(Step& step, const std::string& why);
  void give_up(Step& step);
  [[nodiscard]] std::optional<PipelineDefinition> take_out(Step& step);
  [[nodiscard]] bool wait_stopped(Pipeline& pipeline, MonotonicTime until) const;
  [[nodiscard]] std::string start(PipelineDefinition definition);
  [[nodiscard]] std::string group_is_taken(const config::Pipeline& wanted) const;

  PipelineSet& pipelines_;
  const Make make_;
};

}  // namespace tidegate
