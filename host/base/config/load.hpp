// SPDX-License-Identifier: Apache-2.0
//
// A configuration from a file: parsed, overridden, variables replaced, checked, made into the
// model. All findings of one run come back together; a syntax error or duplicate key is the only
// one of its file, because the parser stops there. Thread rule: one thread, [main]; may block on
// files.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/config/findings.hpp"
#include "host/base/config/model.hpp"
#include "host/base/config/variables.hpp"

namespace tidegate::config {

struct LoadResult {
  std::optional<Host> host;       // none where a finding is an error
  std::vector<Finding> findings;  // in the order of the file, overrides last
  // Of each pipeline of the host, in its order: an error at its plugin.path, without a message. For
  // what is found when the plugin is looked at.
  std::vector<Finding> plugin_places;
  // The same of its worker.user, for what is found when that one is looked up.
  std::vector<Finding> user_places;
};

// overrides: the arguments of `--set`, "key=value" each.
[[nodiscard]] LoadResult load_file(const std::filesystem::path& file,
                                   std::span<const std::string> overrides,
                                   const Environment& environment);

// Where the host of a file keeps its state. The rest of the file may have mistakes, or need
// variables that only the host's own environment has.
struct StateDirResult {
  std::optional<std::filesystem::path> state_dir;  // none where it cannot be told
  std::vector<Finding> findings;
};
[[nodiscard]] StateDirResult load_state_dir(const std::filesystem::path& file,
                                            const Environment& environment);

// The same with the text of the file. `directory`, absolute, is where relative paths start.
[[nodiscard]] LoadResult load_text(std::string_view text, const std::string& file,
                                   const std::filesystem::path& directory,
                                   std::span<const std::string> overrides,
                                   const Environment& environment);

}  // namespace tidegate::config
