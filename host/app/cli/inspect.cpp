// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/inspect.hpp"

#include <iostream>

#include "host/app/cli/commands.hpp"

namespace tidegate::cli {

ExitCode inspect(const InspectCommand& command) {
  std::cout << describe_plugin(command.file, command.format == OutputFormat::json
                                                 ? DescriptionFormat::json
                                                 : DescriptionFormat::text)
            << std::flush;
  check_plugin_file(command.file);  // throws where it would be refused: exit 78
  return ExitCode::ok;
}

}  // namespace tidegate::cli
