// SPDX-License-Identifier: Apache-2.0
//
// `--set key=value`: laid over the file before anything is checked, so an override is checked like
// the file. Thread rule: one thread, [main].
#pragma once

#include <cstdint>
#include <string>

#include "host/base/config/findings.hpp"
#include "host/base/config/node.hpp"

namespace tidegate::config {

// `text` is "pipelines.orders.concurrency=4"; the value is TOML where it parses as TOML, else text.
// `origin` is the number of the override, from 1.
void apply_override(Table& root, const std::string& text, std::uint32_t origin, Findings& findings);

}  // namespace tidegate::config
