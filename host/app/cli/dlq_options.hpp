// SPDX-License-Identifier: Apache-2.0
//
// The command line of `tidegate dlq`: its verbs, their options, and what they mean. Thread rule:
// [main].
#pragma once

#include "host/app/cli/cli11_fwd.hpp"
#include "host/app/dlq/options.hpp"

namespace tidegate::cli {

struct DlqCommand {
  enum class Verb : std::uint8_t { list, show, replay, purge } verb = Verb::list;
  dlq::Where where;
  dlq::Format format = dlq::Format::table;
  dlq::Filter filter;
  dlq::ShowOptions show;
  dlq::ReplayOptions replay;
  enum class Purge : std::uint8_t { ask, sure } purge = Purge::ask;
};

// Adds `dlq` with its verbs; what is parsed is written to the command, which outlives the
// application. Returns the subcommand.
CLI::App* add_dlq(CLI::App& app, DlqCommand& command);

}  // namespace tidegate::cli
