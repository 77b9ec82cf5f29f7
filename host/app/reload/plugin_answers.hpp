// SPDX-License-Identifier: Apache-2.0
//
// What pipelines were asked to do with their plugins, and their answers: all at the same time,
// because each has a thread of its own for it. Thread rule: a value of one thread.
#pragma once

#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/handle/swap/reload_result.hpp"

namespace tidegate {

class PluginAnswers {
 public:
  using Results = std::vector<std::pair<std::string, ReloadResult>>;

  void add(std::string pipeline, std::future<ReloadResult> answer) {
    answers_.emplace_back(std::move(pipeline), std::move(answer));
  }
  // Of each, when it has answered; for minutes at most.
  [[nodiscard]] Results wait();

 private:
  std::vector<std::pair<std::string, std::future<ReloadResult>>> answers_;
};

// As HotSwap::prove, of the plugin of a pipeline that does not run.
[[nodiscard]] std::future<ReloadResult> prove_plugin(config::Pipeline pipeline,
                                                     std::filesystem::path state_dir);

}  // namespace tidegate
