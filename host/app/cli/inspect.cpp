// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/inspect.hpp"

#include <iostream>

#include "host/app/cli/commands.hpp"

namespace tidegate::cli {

ExitCode inspect(const InspectCommand& command) {
  const PluginDescription plugin =
      describe_plugin(command.file, command.format == OutputFormat::json ? DescriptionFormat::json
                                                                         : DescriptionFormat::text);
  std::cout << plugin.text << std::flush;
  return plugin.runs_here ? ExitCode::ok : ExitCode::refused;
}

}  // namespace tidegate::cli
