// SPDX-License-Identifier: Apache-2.0
//
// What of two configurations says something else. Of the host's own keys names only: values may be
// secrets. Thread rule: pure, [any].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/base/config/model.hpp"

namespace tidegate {

// Keys that a running host cannot change, as the file names them: those of host, log, admin and
// metrics. In the order of the file.
[[nodiscard]] std::vector<std::string> keys_that_need_a_restart(const config::Host& running,
                                                                const config::Host& wanted);

// kept: all but its plugin is the same, and of that a hot swap takes care.
enum class PipelineDifference : std::uint8_t { kept, changed, added, removed };
struct PipelineDiff {
  std::string pipeline;
  PipelineDifference what;
};
// By pipeline: of those that run, in their order, then of those that are new. What a cluster or
// defaults say is in every pipeline that uses it.
[[nodiscard]] std::vector<PipelineDiff> pipelines_that_differ(
    const std::vector<config::Pipeline>& running, const std::vector<config::Pipeline>& wanted);

// Null: there is none of that name.
[[nodiscard]] const config::Pipeline* find_pipeline(const std::vector<config::Pipeline>& pipelines,
                                                    const std::string& name);

}  // namespace tidegate
