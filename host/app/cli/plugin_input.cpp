// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/plugin_input.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

#include "host/app/workbench/sample_file.hpp"
#include "host/base/log.hpp"

namespace tidegate::cli {

std::string read_messages(const std::string& name) {
  if (name.empty()) return {};
  if (name == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(name, std::ios::binary);
  if (!file) throw workbench::SampleError(name + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<workbench::Sample> samples_of(const std::string& text, const std::string& name) {
  std::istringstream lines(name.empty() ? R"({"key": "key", "value": "value"})" : text);
  return workbench::read_samples(lines, name == "-" ? "stdin" : name);
}

void log_for_tools() { log::configure(log::Level::warn, log::Format::text); }

}  // namespace tidegate::cli
