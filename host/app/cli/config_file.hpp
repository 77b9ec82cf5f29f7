// SPDX-License-Identifier: Apache-2.0
//
// Which configuration a command means, and how its findings are shown. Thread rule: [main].
#pragma once

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>

#include "host/base/config/load.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate::cli {

// There is no configuration to be found.
struct NoConfiguration : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The file that was named; else ./tidegate.toml, else /etc/tidegate/tidegate.toml.
// Throws NoConfiguration, naming both, where neither is there.
[[nodiscard]] std::filesystem::path choose_config_file(const std::string& named);

// Why a plugin, or its user, is refused, as a finding at the key that names it.
[[nodiscard]] config::Finding finding_of(const config::LoadResult& loaded, std::size_t pipeline,
                                         RefusedReason reason, std::string text);

// Every finding, rendered, and behind them how many there are.
void print_findings(std::ostream& out, std::span<const config::Finding> findings);

}  // namespace tidegate::cli
