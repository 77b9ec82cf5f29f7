// SPDX-License-Identifier: Apache-2.0
//
// Options that several commands have. Thread rule: [main].
#pragma once

#include "host/app/cli/cli11_fwd.hpp"
#include "host/app/cli/command_line.hpp"

namespace tidegate::cli {

// --format text|json. format outlives app.
void add_format(CLI::App& app, OutputFormat& format);

// The commands that talk to a running host.
class ControlOptions {
 public:
  // Adds them; outlives app.
  void add_to(CLI::App& app);
  // The one that was typed; empty: none of them.
  [[nodiscard]] std::optional<Command> chosen() const;

 private:
  void add_status(CLI::App& app);
  void add_lag(CLI::App& app);
  [[nodiscard]] static CLI::App* add_change(CLI::App& app, ChangeCommand& command);
  void add_reload(CLI::App& app);

  StatusCommand status_;
  LagCommand lag_;
  ChangeCommand pause_;
  ChangeCommand resume_;
  ReloadCommand reload_;
  CLI::App* status_app_ = nullptr;
  CLI::App* lag_app_ = nullptr;
  CLI::App* pause_app_ = nullptr;
  CLI::App* resume_app_ = nullptr;
  CLI::App* reload_app_ = nullptr;
};

}  // namespace tidegate::cli
