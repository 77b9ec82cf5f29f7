// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/plugin_new.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <system_error>

namespace tidegate::cli {
namespace {

constexpr const char* kPluginNewHelp =
    R"(Makes a folder NAME with a handler, its test and a copy of the SDK: it builds with CMake and a
compiler, or with Cargo, and nothing else. The name is of a-z, 0-9, '-' and '_'.

Examples:
  tidegate plugin new orders
  tidegate plugin new orders --lang rust)";

// The word by which this program can be called from here: its name where the PATH leads to it.
std::string program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto found = std::filesystem::path(folder) / "tidegate";
    if (!std::filesystem::exists(found, error)) continue;
    return std::filesystem::equivalent(found, self, error) ? "tidegate" : self.string();
  }
  return self.string();
}

// As a word of a shell.
std::string quoted(const std::string& text) {
  if (text.find_first_of(" \t'\"\\$`&;()<>|*?#~") == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

ExitCode refuse(const std::string& what) {
  std::cerr << "tidegate plugin new: " << what << "\n";
  return ExitCode::usage;
}

}  // namespace

CLI::App* add_plugin_new(CLI::App& plugin, PluginNewCommand& command) {
  CLI::App* const added = plugin.add_subcommand("new", "Begin a plugin: a project that builds");
  added->footer(kPluginNewHelp);
  added->add_option("name", command.name, "of the plugin and its folder")
      ->required()
      ->type_name("NAME");
  const auto take = [&command](const std::string& text) {
    if (text == "c") {
      command.language = scaffold::Language::c;
    } else if (text == "cpp") {
      command.language = scaffold::Language::cpp;
    } else if (text == "rust") {
      command.language = scaffold::Language::rust;
    } else {
      throw CLI::ValidationError("--lang", "is c, cpp or rust");
    }
  };
  added->add_option_function<std::string>("--lang", take, "c, cpp or rust (default cpp)")
      ->type_name("LANGUAGE");
  return added;
}

ExitCode plugin_new(const PluginNewCommand& command) {
  if (const auto problem = scaffold::problem_with_name(command.name, command.language))
    return refuse("\"" + command.name + "\" is no name for a plugin: " + *problem);
  const scaffold::Project project = scaffold::make_project(command.name, command.language);
  if (scaffold::write_project(command.name, project) == scaffold::Written::exists)
    return refuse(command.name +
                  " is there already; nothing was changed. Take another name, or move it away");
  std::cout << "Made " << command.name << "/: " << project.source
            << " is the handler, README.md says more. Next:\n\n  cd " << command.name << "\n";
  for (const std::string& step : project.build_steps) std::cout << "  " << step << "\n";
  const std::string tidegate = quoted(program());
  for (const char* const rest : {" plugin inspect ", " plugin validate ", " demo --plugin "})
    std::cout << "  " << tidegate << rest << project.plugin << "\n";
  return ExitCode::ok;
}

}  // namespace tidegate::cli
