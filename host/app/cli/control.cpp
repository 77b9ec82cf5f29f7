// SPDX-License-Identifier: Apache-2.0
//
// The commands that ask a running host, or tell it what to do.
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "host/app/cli/commands.hpp"
#include "host/app/cli/control_client.hpp"
#include "host/app/cli/status_text.hpp"

namespace tidegate::cli {
namespace {

using Json = nlohmann::ordered_json;

ControlClient client_of(const ControlTarget& target) { return ControlClient(state_dir_of(target)); }

// What a host of another version answers may lack a fact.
template <class Text>
ExitCode print(const Text& text) try {
  std::cout << text() << std::flush;
  return ExitCode::ok;
} catch (const Json::exception& error) {
  throw std::runtime_error(std::string("the host's answer is not understood: is it of another "
                                       "version? (") +
                           error.what() + ")");
}

}  // namespace

ExitCode status(const StatusCommand& command) {
  const Json answer = client_of(command.target).get("/api/v1/status");
  return print([&] {
    return command.format == OutputFormat::json ? answer.dump(2) + "\n" : status_text(answer);
  });
}

ExitCode lag(const LagCommand& command) {
  const Json answer = client_of(command.target).get("/api/v1/status");
  return print([&] {
    return command.format == OutputFormat::json ? lag_facts(answer).dump(2) + "\n"
                                                : lag_text(answer, command.partitions);
  });
}

ExitCode change(const ChangeCommand& command) {
  const char* const verb = command.what == ChangeCommand::What::pause ? "/pause" : "/resume";
  const Json answer =
      client_of(command.target).post("/api/v1/pipelines/" + path_part(command.pipeline) + verb);
  return print([&] {
    return command.format == OutputFormat::json ? answer.dump(2) + "\n" : change_text(answer);
  });
}

ExitCode reload(const ReloadCommand& command) {
  // Longer than the host waits: for plugins to be tried, for pipelines to drain and to settle, and
  // for plugins to be put in.
  constexpr std::chrono::minutes kPatience{15};
  const std::string path = command.pipeline.empty()
                               ? "/-/reload"
                               : "/api/v1/pipelines/" + path_part(command.pipeline) + "/reload";
  const Json answer = client_of(command.target).post(path, kPatience);
  return print([&] {
    return command.format == OutputFormat::json ? answer.dump(2) + "\n" : reload_text(answer);
  });
}

}  // namespace tidegate::cli
