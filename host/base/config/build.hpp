// SPDX-License-Identifier: Apache-2.0
//
// From a checked tree to the model, defaults filled in. What has a finding is read as if it were
// not written, so that the rules can still look at the rest. Thread rule: one thread, [main].
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/base/config/model.hpp"
#include "host/base/config/node.hpp"
#include "host/base/config/variables.hpp"
#include "host/base/kafka/properties.hpp"

namespace tidegate::config {

// One pipeline of the file with [defaults] beneath it.
struct Draft {
  std::string path;  // "pipelines.orders"
  Place place;       // of its name
  Table table;
  Pipeline pipeline;
  std::string cluster;              // its name, "" where none could be told
  std::vector<std::string> hidden;  // property values that no message may show
};

// Where a host keeps its state when its file does not say: $STATE_DIRECTORY, else in the home.
[[nodiscard]] std::filesystem::path default_state_dir(const Environment& environment);
// Everything but the pipelines. `directory` is that of the file, absolute.
[[nodiscard]] Host build_host(const Table& root, const std::filesystem::path& directory,
                              const Environment& environment);
[[nodiscard]] std::vector<Cluster> build_clusters(const Table& root,
                                                  const kafka::PropertyTable& known);
// In the order of the file. Clusters are not resolved yet.
[[nodiscard]] std::vector<Draft> build_pipelines(const Table& root,
                                                 const std::filesystem::path& plugin_dir,
                                                 const kafka::PropertyTable& known);

}  // namespace tidegate::config
