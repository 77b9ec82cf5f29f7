// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/options.hpp"

#include <CLI/CLI.hpp>

#include "host/app/cli/help.hpp"

namespace tidegate::cli {
namespace {

void add_target(CLI::App& app, ControlTarget& target) {
  auto* const file = app.add_option("-c,--config", target.file, "the configuration of the host")
                         ->type_name("FILE");
  app.add_option("--state-dir", target.state_dir, "the host's state folder, instead")
      ->type_name("DIR")
      ->excludes(file);
}

}  // namespace

void add_format(CLI::App& app, OutputFormat& format) {
  const auto take = [&format](const std::string& text) {
    if (text != "text" && text != "json") throw CLI::ValidationError("--format", "is text or json");
    format = text == "json" ? OutputFormat::json : OutputFormat::text;
  };
  app.add_option_function<std::string>("--format", take, "text or json")->type_name("FORMAT");
}

void ControlOptions::add_to(CLI::App& app) {
  add_status(app);
  add_lag(app);
  pause_.what = ChangeCommand::What::pause;
  pause_app_ = add_change(app, pause_);
  resume_.what = ChangeCommand::What::resume;
  resume_app_ = add_change(app, resume_);
  add_reload(app);
}

void ControlOptions::add_status(CLI::App& app) {
  status_app_ = app.add_subcommand("status", "Show what the pipelines of a running host do");
  status_app_->footer(kStatusHelp);
  add_target(*status_app_, status_.target);
  add_format(*status_app_, status_.format);
}

void ControlOptions::add_lag(CLI::App& app) {
  lag_app_ = app.add_subcommand("lag", "Show how far behind a running host is, by topic");
  lag_app_->footer(kLagHelp);
  lag_app_->add_flag_callback(
      "--partitions", [this] { lag_.partitions = Partitions::shown; },
      "one row a partition, with its committed position and its end");
  add_target(*lag_app_, lag_.target);
  add_format(*lag_app_, lag_.format);
}

CLI::App* ControlOptions::add_change(CLI::App& app, ChangeCommand& command) {
  const bool pause = command.what == ChangeCommand::What::pause;
  CLI::App* const added =
      pause ? app.add_subcommand("pause", "Let no handler call of a pipeline start any more")
            : app.add_subcommand("resume", "Let a paused pipeline go on, the limiter's too");
  added->footer(pause ? kPauseHelp : kResumeHelp);
  added->add_option("pipeline", command.pipeline, "its name in the configuration")
      ->required()
      ->type_name("PIPELINE");
  add_target(*added, command.target);
  add_format(*added, command.format);
  return added;
}

void ControlOptions::add_reload(CLI::App& app) {
  reload_app_ =
      app.add_subcommand("reload", "Take the configuration and the plugins as they are now");
  reload_app_->footer(kReloadHelp);
  reload_app_
      ->add_option("pipeline", reload_.pipeline,
                   "this one alone; without it all, after the configuration was read again")
      ->type_name("PIPELINE");
  add_target(*reload_app_, reload_.target);
  add_format(*reload_app_, reload_.format);
}

std::optional<Command> ControlOptions::chosen() const {
  if (status_app_->parsed()) return status_;
  if (lag_app_->parsed()) return lag_;
  if (pause_app_->parsed()) return pause_;
  if (resume_app_->parsed()) return resume_;
  if (reload_app_->parsed()) return reload_;
  return std::nullopt;
}

}  // namespace tidegate::cli
