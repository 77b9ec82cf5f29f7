// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/dlq_options.hpp"

#include <gtest/gtest.h>

#include "host/app/cli/command_line.hpp"

namespace tidegate::cli {
namespace {

using Strings = std::vector<std::string>;
using Verb = DlqCommand::Verb;
using Replay = dlq::ReplayOptions;

DlqCommand parsed_dlq(const Strings& arguments) {
  Strings all = {"dlq"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command = parse(all);
  if (const auto* answer = std::get_if<Answer>(&command)) ADD_FAILURE() << answer->text;
  return std::get<DlqCommand>(std::move(command));
}

Answer answer_dlq(const Strings& arguments) {
  Strings all = {"dlq"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return std::get<Answer>(parse(all));
}

TEST(DlqOptions, ListWorksFromAConfigurationOrFromATopicAlone) {
  const auto plain = parsed_dlq({"list"});
  EXPECT_EQ(plain.verb, Verb::list);
  EXPECT_EQ(plain.format, dlq::Format::table);
  EXPECT_EQ(plain.where.timeout, std::chrono::seconds(30));
  EXPECT_TRUE(plain.filter.empty());
  const auto file = parsed_dlq({"list", "-c", "a.toml", "--set", "a=1", "--pipeline", "p"});
  EXPECT_EQ(file.where.file, "a.toml");
  EXPECT_EQ(file.where.set, Strings{"a=1"});
  EXPECT_EQ(file.where.pipeline, "p");
  const auto topic =
      parsed_dlq({"list", "--bootstrap", "a:1,b:2", "--topic", "t", "--timeout", "2s"});
  EXPECT_EQ(topic.where.bootstrap, "a:1,b:2");
  EXPECT_EQ(topic.where.topic, "t");
  EXPECT_EQ(topic.where.timeout, std::chrono::seconds(2));
}

TEST(DlqOptions, ShowTakesFiltersPayloadAndLimit) {
  const auto plain = parsed_dlq({"show"});
  EXPECT_EQ(plain.show.limit, 20U);
  EXPECT_EQ(plain.show.payload, dlq::Payload::text);
  const auto all = parsed_dlq({"show",
                               "--kind",
                               "crash",
                               "--kind",
                               "exception",
                               "--since",
                               "2h",
                               "--until",
                               "2024-05-01T00:00:00Z",
                               "--key",
                               "k",
                               "--origin-topic",
                               "o",
                               "--origin-partition",
                               "3",
                               "--origin-offset",
                               "41",
                               "--from-pipeline",
                               "p",
                               "--partition",
                               "1",
                               "--offset",
                               "9",
                               "--payload",
                               "hex",
                               "--limit",
                               "0",
                               "--format",
                               "json"});
  EXPECT_EQ(all.verb, Verb::show);
  EXPECT_EQ(all.filter.kinds, (Strings{"crash", "exception"}));
  EXPECT_EQ(all.filter.since->ms, 7'200'000);
  EXPECT_EQ(all.filter.until->kind, dlq::Moment::Kind::fixed);
  EXPECT_EQ(all.filter.key, "k");
  EXPECT_EQ(all.filter.origin_topic, "o");
  EXPECT_EQ(all.filter.origin_partition, 3);
  EXPECT_EQ(all.filter.origin_offset, 41);
  EXPECT_EQ(all.filter.from_pipeline, "p");
  EXPECT_EQ(all.filter.partition, 1);
  EXPECT_EQ(all.filter.offset, 9);
  EXPECT_EQ(all.show.payload, dlq::Payload::hex);
  EXPECT_EQ(all.show.limit, 0U);
  EXPECT_EQ(all.format, dlq::Format::json);
}

TEST(DlqOptions, ReplayIsCarefulUnlessToldOtherwise) {
  const Replay plain = parsed_dlq({"replay"}).replay;
  EXPECT_EQ(plain.to, ReplayTo::origin);
  EXPECT_EQ(plain.write, Replay::Write::yes);
  EXPECT_EQ(plain.delivery, Replay::Delivery::at_least_once);
  EXPECT_EQ(plain.begin, Replay::Begin::where_it_was);
  EXPECT_EQ(plain.timestamp, Replay::Timestamp::original);
  EXPECT_EQ(plain.max_replays, 3U);
  EXPECT_EQ(plain.per_second, 0U);
  const auto all = parsed_dlq(
      {"replay",      "--to", "retry",         "--dry-run", "--exactly-once", "--from-beginning",
       "--timestamp", "now",  "--max-replays", "9",         "--rate",         "50/s",
       "--progress",  "mine", "--bootstrap",   "a:1",       "--topic",        "t",
       "--group",     "g"});
  EXPECT_EQ(all.replay.to, ReplayTo::retry);
  EXPECT_EQ(all.replay.write, Replay::Write::dry_run);
  EXPECT_EQ(all.replay.delivery, Replay::Delivery::exactly_once);
  EXPECT_EQ(all.replay.begin, Replay::Begin::beginning);
  EXPECT_EQ(all.replay.timestamp, Replay::Timestamp::now);
  EXPECT_EQ(all.replay.max_replays, 9U);
  EXPECT_EQ(all.replay.per_second, 50U);
  EXPECT_EQ(all.replay.progress, "mine");
  EXPECT_EQ(all.where.group, "g");
  EXPECT_EQ(parsed_dlq({"replay", "--rate", "7"}).replay.per_second, 7U);
}

TEST(DlqOptions, PurgeAsksUnlessToldNotTo) {
  EXPECT_EQ(parsed_dlq({"purge"}).purge, DlqCommand::Purge::ask);
  EXPECT_EQ(parsed_dlq({"purge", "--yes"}).purge, DlqCommand::Purge::sure);
}

TEST(DlqOptions, MistakesAreUsageAndSayWhereHelpIs) {
  const std::vector<Strings> mistakes = {{},
                                         {"look"},
                                         {"list", "--topic", "t"},
                                         {"list", "--bootstrap", "a:1"},
                                         {"list", "-c", "f", "--bootstrap", "a:1", "--topic", "t"},
                                         {"list", "--format", "text"},
                                         {"list", "--timeout", "soon"},
                                         {"list", "--group", "g"},
                                         {"replay", "--group", "g"},
                                         {"show", "--kind", "none"},
                                         {"show", "--since", "yesterday"},
                                         {"show", "--offset", "3"},
                                         {"show", "--partition", "-1"},
                                         {"show", "--origin-partition", "3"},
                                         {"show", "--payload", "xml"},
                                         {"replay", "--to", "nowhere"},
                                         {"replay", "--rate", "0"},
                                         {"replay", "--rate", "5/m"},
                                         {"replay", "--max-replays", "0"},
                                         {"replay", "--progress", "a b"},
                                         {"purge", "--kind", "crash"}};
  for (const Strings& arguments : mistakes) {
    const Answer mistake = answer_dlq(arguments);
    EXPECT_EQ(mistake.code, ExitCode::usage) << mistake.text;
    EXPECT_NE(mistake.text.find("--help"), std::string::npos) << mistake.text;
  }
}

}  // namespace
}  // namespace tidegate::cli
