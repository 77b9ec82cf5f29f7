// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/plugin_options.hpp"

#include <CLI/CLI.hpp>

#include "host/app/cli/options.hpp"
#include "host/app/cli/plugin_help.hpp"
#include "host/app/workbench/checks.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::cli {
namespace {

void add_file(CLI::App& app, std::string& file) {
  app.add_option("file", file, "the shared library")->required()->type_name("FILE");
}

CLI::Option* add_run(CLI::App& app, PluginRun& run, const char* about_messages) {
  add_file(app, run.file);
  app.add_option("--config", run.config,
                 "what create gets: a file or the text itself, TOML or JSON (default: nothing)")
      ->type_name("CONFIG");
  add_format(app, run.format);
  return app.add_option("--messages", run.messages, about_messages)->type_name("FILE");
}

void add_duration(CLI::App& app, const std::string& name, std::chrono::milliseconds& into,
                  const std::string& help) {
  const auto take = [&into, name](const std::string& text) {
    const auto duration = config::parse_duration(text);
    if (!duration || duration->count() <= 0)
      throw CLI::ValidationError(name, "is a time with its unit, like 500ms, 10s or 1m");
    into = *duration;
  };
  app.add_option_function<std::string>(name, take,
                                       help + " (default " + config::format_duration(into) + ")")
      ->type_name("TIME");
}

void add_batch(CLI::App& app, std::uint32_t& batch, const std::string& help) {
  app.add_option("--batch", batch, help)
      ->check(CLI::Range(1U, 1'000'000U))
      ->type_name("N")
      ->option_text("N");
}

std::string check_list() {
  std::string text = "\n\nChecks:\n";
  for (const workbench::Check& check : workbench::all_checks()) {
    const std::string name(check.name);
    text += "  " + name + std::string(16 - name.size(), ' ') + std::string(check.what) + "\n";
  }
  text.pop_back();
  return text;
}

}  // namespace

void PluginOptions::add_to(CLI::App& app) {
  CLI::App* const plugin =
      app.add_subcommand("plugin", "Begin a plugin; look at a plugin file, and try it");
  plugin->footer(kPluginHelp);
  plugin->require_subcommand(1);
  new_app_ = add_plugin_new(*plugin, new_);
  add_inspect(*plugin);
  add_test(*plugin);
  add_validate(*plugin);
  add_bench(*plugin);
}

void PluginOptions::add_inspect(CLI::App& plugin) {
  inspect_app_ =
      plugin.add_subcommand("inspect", "Print what a plugin is, without running its code");
  inspect_app_->footer(kInspectHelp);
  add_file(*inspect_app_, inspect_.file);
  add_format(*inspect_app_, inspect_.format);
}

void PluginOptions::add_test(CLI::App& plugin) {
  test_app_ = plugin.add_subcommand("test", "Hand messages of a file to a plugin, without Kafka");
  test_app_->footer(kPluginTestHelp);
  add_run(*test_app_, test_.run, "one JSON object a line; - reads standard input")->required();
  add_batch(*test_app_, test_.batch, "up to so many messages in one handle_batch call");
  add_duration(*test_app_, "--handler-timeout", test_.handler_timeout,
               "the deadline that the handler is told");
}

void PluginOptions::add_validate(CLI::App& plugin) {
  validate_app_ = plugin.add_subcommand("validate", "Check that a plugin keeps the contract");
  validate_app_->footer(std::string(kPluginValidateHelp) + check_list());
  add_run(*validate_app_, validate_.run, "ordinary messages for it, one JSON object a line");
  validate_app_->add_option("--only", validate_.only, "run only this check; repeatable")
      ->allow_extra_args(false)
      ->type_name("CHECK")
      ->check([](const std::string& name) {
        return workbench::find_check(name) != nullptr ? "" : "there is no such check; see --help";
      });
  add_duration(*validate_app_, "--timeout", validate_.time_limit,
               "how long one check may take; the handler is told half of it as its deadline");
}

void PluginOptions::add_bench(CLI::App& plugin) {
  bench_app_ = plugin.add_subcommand("bench", "Measure what a call of a plugin costs");
  bench_app_->footer(kPluginBenchHelp);
  add_run(*bench_app_, bench_.run, "the messages to do it with, one JSON object a line");
  add_batch(*bench_app_, bench_.batch, "messages of one handle_batch call (default 500)");
  add_duration(*bench_app_, "--time", bench_.time, "how long to measure each way of calling");
}

std::optional<PluginCommand> PluginOptions::chosen() const {
  if (new_app_->parsed()) return new_;
  if (inspect_app_->parsed()) return inspect_;
  if (test_app_->parsed()) return test_;
  if (validate_app_->parsed()) return validate_;
  if (bench_app_->parsed()) return bench_;
  return std::nullopt;
}

}  // namespace tidegate::cli
