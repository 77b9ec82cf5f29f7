// SPDX-License-Identifier: Apache-2.0
//
// What a reload of a pipeline's plugin came to, for whoever asked for it. Thread rule: a value.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/base/metrics/plugin_snapshot.hpp"
#include "host/handle/plugin/plugin_library.hpp"
#include "host/handle/plugin_version.hpp"

namespace tidegate {

struct ReloadResult {
  metrics::PluginReload what = metrics::PluginReload::refused;
  PluginVersionPtr version{};           // that handles now
  PluginVersionPtr before{};            // swapped: that handled until now
  std::string problem{};                // refused: why, and the cure
  std::optional<PluginFacts> proved{};  // by a proof: what has passed it
  Duration took{};                      // from the request until every slot takes it
  std::size_t old_still = 0;            // swapped: earlier versions whose last call still runs
  config::Milliseconds probation{};     // swapped: how long it is watched; zero: it is not
};

}  // namespace tidegate
