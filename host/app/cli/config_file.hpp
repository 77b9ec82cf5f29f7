// SPDX-License-Identifier: Apache-2.0
//
// Which configuration a command means, and how its findings are shown. Thread rule: [main].
#pragma once

#include <filesystem>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>

#include "host/base/config/findings.hpp"

namespace tidegate::cli {

// There is no configuration to be found.
struct NoConfiguration : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The file that was named; else ./tidegate.toml, else /etc/tidegate/tidegate.toml.
// Throws NoConfiguration, naming both, where neither is there.
[[nodiscard]] std::filesystem::path choose_config_file(const std::string& named);

// Every finding, rendered, and behind them how many there are.
void print_findings(std::ostream& out, std::span<const config::Finding> findings);

}  // namespace tidegate::cli
