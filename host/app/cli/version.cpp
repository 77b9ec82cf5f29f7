// SPDX-License-Identifier: Apache-2.0
#include "host/base/version.hpp"

#include <librdkafka/rdkafka.h>
#include <tidegate/plugin.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "host/app/cli/commands.hpp"

namespace tidegate::cli {

ExitCode version(const VersionCommand& command) {
  const std::string abi =
      TIDEGATE_STRING(TIDEGATE_ABI_MAJOR) "." TIDEGATE_STRING(TIDEGATE_ABI_MINOR);
  const std::string version(tidegate::version());
  const std::string revision(tidegate::revision());
  if (command.format == OutputFormat::json) {
    const nlohmann::ordered_json facts = {{"version", version},
                                          {"revision", revision},
                                          {"plugin_abi", abi},
                                          {"librdkafka", rd_kafka_version_str()},
                                          {"compiler", __VERSION__}};
    std::cout << facts.dump(2) << "\n";
    return ExitCode::ok;
  }
  std::cout << "tidegate " << version << (revision.empty() ? "" : " (" + revision + ")") << "\n"
            << "plugin ABI " << abi << "\n"
            << "librdkafka " << rd_kafka_version_str() << "\n"
            << "compiler " << __VERSION__ << "\n";
  return ExitCode::ok;
}

}  // namespace tidegate::cli
