// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/commands.hpp"

#include <exception>
#include <iostream>
#include <variant>

#include "host/app/cli/config_file.hpp"
#include "host/app/host.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate::cli {
namespace {

struct Execute {
  ExitCode operator()(const RunCommand& command) const { return run(command); }
  ExitCode operator()(const ValidateCommand& command) const { return validate(command); }
  ExitCode operator()(const DemoCommand& command) const { return demo(command); }
  ExitCode operator()(const DlqCommand& command) const { return dead_letters(command); }
  ExitCode operator()(const InspectCommand& command) const { return inspect(command); }
  ExitCode operator()(const PluginNewCommand& command) const { return plugin_new(command); }
  ExitCode operator()(const PluginTestCommand& command) const { return plugin_test(command); }
  ExitCode operator()(const PluginValidateCommand& command) const {
    return plugin_validate(command);
  }
  ExitCode operator()(const PluginBenchCommand& command) const { return plugin_bench(command); }
  ExitCode operator()(const StatusCommand& command) const { return status(command); }
  ExitCode operator()(const LagCommand& command) const { return lag(command); }
  ExitCode operator()(const ChangeCommand& command) const { return change(command); }
  ExitCode operator()(const ReloadCommand& command) const { return reload(command); }
  ExitCode operator()(const VersionCommand& command) const { return version(command); }
  ExitCode operator()(const Answer& answer) const {
    (answer.code == ExitCode::ok ? std::cout : std::cerr) << answer.text;
    return answer.code;
  }
};

ExitCode complain(const std::exception& error, ExitCode code) {
  std::cerr << "tidegate: " << error.what() << "\n";
  return code;
}

}  // namespace

ExitCode run_command_line(std::vector<std::string> arguments) {
  try {
    return std::visit(Execute{}, parse(std::move(arguments)));
  } catch (const HostRefused& error) {
    return complain(error, ExitCode::refused);
  } catch (const NoConfiguration& error) {
    return complain(error, ExitCode::refused);
  } catch (const PluginRefused& error) {
    return complain(error, ExitCode::refused);
  } catch (const std::exception& error) {
    return complain(error, ExitCode::failed);
  }
}

}  // namespace tidegate::cli
