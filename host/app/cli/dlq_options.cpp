// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/dlq_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <limits>

#include "host/app/cli/dlq_help.hpp"
#include "host/base/config/units.hpp"
#include "host/base/outcome.hpp"

namespace tidegate::cli {
namespace {

using Verb = DlqCommand::Verb;
using Replay = dlq::ReplayOptions;

// An option that takes one of a few words.
template <class T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& into,
                        std::vector<std::pair<std::string, T>> choices, const std::string& help) {
  std::string words;
  for (const auto& one : choices) words += (words.empty() ? "" : ", ") + one.first;
  const auto take = [&into, choices, name, words](const std::string& text) {
    const auto found = std::find_if(choices.begin(), choices.end(),
                                    [&](const auto& choice) { return choice.first == text; });
    if (found == choices.end()) throw CLI::ValidationError(name, "is one of: " + words);
    into = found->second;
  };
  return app.add_option_function<std::string>(name, take, help + ": " + words)->type_name("WORD");
}

CLI::Option* add_moment(CLI::App& app, const std::string& name, std::optional<dlq::Moment>& into,
                        const std::string& help) {
  const auto take = [&into, name](const std::string& text) {
    into = dlq::parse_moment(text);
    if (!into)
      throw CLI::ValidationError(
          name, "is a time like 2024-05-01T12:00:00Z, or how long ago, like 2h or 1h30m");
  };
  return app.add_option_function<std::string>(name, take, help)->type_name("TIME");
}

void add_where(CLI::App& app, DlqCommand& command) {
  dlq::Where& where = command.where;
  auto* const file = app.add_option("-c,--config", where.file, "the configuration");
  file->option_text("FILE");
  auto* const set = app.add_option("--set", where.set, "replace a value of the configuration");
  set->option_text("KEY=VALUE")->allow_extra_args(false);
  auto* const pipeline =
      app.add_option("--pipeline", where.pipeline, "only this pipeline's dead letters");
  pipeline->option_text("NAME");
  auto* const bootstrap = app.add_option("--bootstrap", where.bootstrap,
                                         "without a configuration: these brokers, and --topic");
  bootstrap->option_text("SERVERS")->excludes(file)->excludes(set)->excludes(pipeline);
  auto* const topic = app.add_option("--topic", where.topic, "the dead-letter topic");
  topic->option_text("TOPIC")->needs(bootstrap);
  bootstrap->needs(topic);
  const auto patience = [&where](const std::string& text) {
    const auto timeout = config::parse_duration(text);
    if (!timeout || timeout->count() < 1 || *timeout > std::chrono::hours(1))
      throw CLI::ValidationError("--timeout", "is a duration of at most 1h, like 30s");
    where.timeout = *timeout;
  };
  app.add_option_function<std::string>(
         "--timeout", patience, "exit 69 when the brokers are silent for so long (default 30s)")
      ->type_name("DURATION");
  add_choice<dlq::Format>(app, "--format", command.format,
                          {{"table", dlq::Format::table}, {"json", dlq::Format::json}},
                          "how it is printed");
}

void add_group(CLI::App& app, DlqCommand& command) {
  app.add_option("--group", command.where.group,
                 "with --bootstrap: whose dead letters; else their headers tell")
      ->option_text("GROUP")
      ->needs(app.get_option("--bootstrap"));
}

void add_filter(CLI::App& app, dlq::Filter& filter) {
  const CLI::Range whole32(0, std::numeric_limits<std::int32_t>::max());
  const CLI::Range whole64(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());
  const auto known = [](const std::string& kind) {
    const bool found = std::find(kErrorKindNames.begin() + 1, kErrorKindNames.end(), kind) !=
                       kErrorKindNames.end();
    return found || kind == "unknown" ? std::string() : "\"" + kind + "\" is no kind of error";
  };
  app.add_option("--kind", filter.kinds, "of this kind of error, say exception; repeatable")
      ->option_text("KIND")
      ->allow_extra_args(false)
      ->check(known);
  add_moment(app, "--since", filter.since, "dead-lettered then or later");
  add_moment(app, "--until", filter.until, "dead-lettered before");
  app.add_option("--key", filter.key, "with exactly this key")->type_name("TEXT");
  auto* const origin =
      app.add_option("--origin-topic", filter.origin_topic, "that came from this topic");
  origin->option_text("TOPIC");
  app.add_option("--origin-partition", filter.origin_partition, "… and this partition of it")
      ->option_text("N")
      ->check(whole32)
      ->needs(origin);
  app.add_option("--origin-offset", filter.origin_offset, "… and this offset in it")
      ->option_text("N")
      ->check(whole64)
      ->needs(app.get_option("--origin-partition"));
  app.add_option("--from-pipeline", filter.from_pipeline, "whose header names this pipeline")
      ->type_name("NAME");
  auto* const partition =
      app.add_option("--partition", filter.partition, "in this partition of the dead-letter topic");
  partition->option_text("N")->check(whole32);
  app.add_option("--offset", filter.offset, "the one at this offset of --partition")
      ->option_text("N")
      ->check(whole64)
      ->needs(partition);
}

void add_show(CLI::App& app, dlq::ShowOptions& show) {
  using dlq::Payload;
  add_choice<Payload>(app, "--payload", show.payload,
                      {{"text", Payload::text},
                       {"hex", Payload::hex},
                       {"json", Payload::json},
                       {"none", Payload::none}},
                      "how the value is printed");
  app.add_option("--limit", show.limit, "the newest N (default 20); 0: all")
      ->option_text("N")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1'000'000}));
}

// "50" or "50/s".
std::uint32_t rate_of(std::string_view text) {
  if (text.size() > 2 && text.substr(text.size() - 2) == "/s") text.remove_suffix(2);
  std::uint32_t rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc{} || end != text.data() + text.size() || rate == 0)
    throw CLI::ValidationError("--rate", "is a whole number of messages a second, like 50/s");
  return rate;
}

void add_replay(CLI::App& app, Replay& replay) {
  add_choice<ReplayTo>(app, "--to", replay.to,
                       {{"origin", ReplayTo::origin}, {"retry", ReplayTo::retry}},
                       "where to (default origin)");
  app.add_flag_callback(
      "--dry-run", [&replay] { replay.write = Replay::Write::dry_run; },
      "count what would go where; write and commit nothing");
  app.add_flag_callback(
      "--exactly-once", [&replay] { replay.delivery = Replay::Delivery::exactly_once; },
      "in transactions: a reader of committed messages sees each once");
  app.add_flag_callback(
      "--from-beginning", [&replay] { replay.begin = Replay::Begin::beginning; },
      "forget the progress of earlier replays");
  app.add_option("--progress", replay.progress, "keep the progress of a replay with filters here")
      ->type_name("NAME")
      ->check([](const std::string& name) {
        const bool good = !name.empty() && name.size() <= 100 &&
                          std::all_of(name.begin(), name.end(), [](unsigned char c) {
                            return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
                          });
        return good ? std::string()
                    : std::string("is made of letters, digits, \".\", \"_\" and \"-\"");
      });
  app.add_option_function<std::string>(
         "--rate", [&replay](const std::string& text) { replay.per_second = rate_of(text); },
         "so many messages a second")
      ->type_name("N/s");
  app.add_option("--max-replays", replay.max_replays,
                 "leave out what was replayed so often before (default 3)")
      ->option_text("N")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1'000'000}));
  add_choice<Replay::Timestamp>(
      app, "--timestamp", replay.timestamp,
      {{"original", Replay::Timestamp::original}, {"now", Replay::Timestamp::now}},
      "what a message at its origin carries (default original)");
}

}  // namespace

CLI::App* add_dlq(CLI::App& app, DlqCommand& command) {
  CLI::App* const dlq =
      app.add_subcommand("dlq", "Look at dead letters, handle them again, delete them");
  dlq->footer(kDlqHelp);
  dlq->require_subcommand(1);
  const auto verb = [&](const char* name, const char* help, const char* footer, Verb which) {
    CLI::App* const made = dlq->add_subcommand(name, help);
    made->footer(footer);
    made->parse_complete_callback([&command, which] { command.verb = which; });
    add_where(*made, command);
    return made;
  };
  CLI::App* const list = verb("list", "Count them by kind of error", kDlqListHelp, Verb::list);
  add_filter(*list, command.filter);
  CLI::App* const show = verb("show", "Print them with their headers", kDlqShowHelp, Verb::show);
  add_filter(*show, command.filter);
  add_show(*show, command.show);
  CLI::App* const replay = verb("replay", "Handle them again", kDlqReplayHelp, Verb::replay);
  add_group(*replay, command);
  add_filter(*replay, command.filter);
  add_replay(*replay, command.replay);
  CLI::App* const purge = verb("purge", "Delete all of them", kDlqPurgeHelp, Verb::purge);
  purge->add_flag_callback(
      "--yes", [&command] { command.purge = DlqCommand::Purge::sure; }, "do not ask");
  return dlq;
}

}  // namespace tidegate::cli
