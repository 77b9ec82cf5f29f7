// SPDX-License-Identifier: Apache-2.0
//
// `tidegate plugin bench`: what a call of a plugin costs, through the same slot as in a pipeline.
// The host's own part is measured with a handler that does nothing and told apart. Thread rule:
// one thread; blocks for the time asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "host/app/workbench/driver.hpp"
#include "host/app/workbench/trial.hpp"
#include "host/handle/plugin/plugin_instance.hpp"

namespace tidegate::workbench {

struct Measured {
  std::uint32_t batch_messages = 0;               // 0: handle, message by message
  std::uint64_t messages = 0;                     // that were handled
  double ns_per_message = 0;                      // median of the rounds, the host's part included
  double host_ns_per_message = 0;                 // of it the host's
  std::optional<double> allocations_per_message;  // by the calling thread, in the plugin
  Tally answers;                                  // of one round
};

// batch_messages: 0 for handle alone. REQUIRES: the plugin has handle_batch where it is not 0.
[[nodiscard]] Measured measure(const PluginInstance& plugin, const std::vector<Sample>& samples,
                               std::uint32_t batch_messages, Duration time);

}  // namespace tidegate::workbench
