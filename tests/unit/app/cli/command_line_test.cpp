// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/command_line.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidegate::cli {
namespace {

using Strings = std::vector<std::string>;

// The command that the arguments mean; a failure where they mean another or none.
template <class T>
T parsed(const Strings& arguments) {
  Command command = parse(arguments);
  if (const auto* answer = std::get_if<Answer>(&command)) ADD_FAILURE() << answer->text;
  return std::get<T>(std::move(command));
}

Answer answer(const Strings& arguments) { return std::get<Answer>(parse(arguments)); }

TEST(CommandLine, RunTakesAFileAndOverrides) {
  const auto run = parsed<RunCommand>({"run", "-c", "a.toml", "--set", "a.b=1", "--set", "c=d=e"});
  EXPECT_EQ(run.file, "a.toml");
  EXPECT_EQ(run.set, (Strings{"a.b=1", "c=d=e"}));
  EXPECT_EQ(run.until, RunUntil::stopped);
}

TEST(CommandLine, RunCanEndWhenCaughtUp) {
  EXPECT_EQ(parsed<RunCommand>({"run", "--exit-when-caught-up"}).until, RunUntil::caught_up);
}

TEST(CommandLine, RunLooksForAFileWhereNoneIsNamed) {
  EXPECT_EQ(parsed<RunCommand>({"run"}).file, "");
}

TEST(CommandLine, ValidateTakesFilesEitherWay) {
  EXPECT_EQ(parsed<ValidateCommand>({"validate", "a", "b"}).files, (Strings{"a", "b"}));
  EXPECT_EQ(parsed<ValidateCommand>({"validate", "-c", "a", "-c", "b"}).files, (Strings{"a", "b"}));
}

TEST(CommandLine, AnOverrideTakesOneWordOnly) {
  const auto validate = parsed<ValidateCommand>({"validate", "--set", "a=b", "file"});
  EXPECT_EQ(validate.set, Strings{"a=b"});
  EXPECT_EQ(validate.files, Strings{"file"});
}

TEST(CommandLine, ValidateKnowsItsSwitches) {
  const auto plain = parsed<ValidateCommand>({"validate"});
  EXPECT_EQ(plain.plugins, ValidateCommand::Plugins::probe);
  EXPECT_EQ(plain.explain, ValidateCommand::Explain::no);
  EXPECT_EQ(plain.format, OutputFormat::text);
  const auto all =
      parsed<ValidateCommand>({"validate", "--offline", "--explain", "--format", "json"});
  EXPECT_EQ(all.plugins, ValidateCommand::Plugins::skip);
  EXPECT_EQ(all.explain, ValidateCommand::Explain::yes);
  EXPECT_EQ(all.format, OutputFormat::json);
  EXPECT_EQ(parsed<ValidateCommand>({"validate", "--no-probe"}).plugins,
            ValidateCommand::Plugins::vet);
  EXPECT_EQ(answer({"validate", "--no-probe", "--offline"}).code, ExitCode::usage);
}

TEST(CommandLine, DemoNeedsNothing) {
  const auto demo = parsed<DemoCommand>({"demo"});
  EXPECT_EQ(demo.messages, 200'000U);
  EXPECT_EQ(demo.bootstrap, "");
  EXPECT_EQ(demo.progress, ProgressDisplay::Show::on_terminal);
}

TEST(CommandLine, DemoTakesSizeClusterAndPlugin) {
  const auto demo = parsed<DemoCommand>({"demo", "--messages", "5000", "--bootstrap", "a:1,b:2",
                                         "--plugin", "x.so", "--no-progress", "--set", "a=b"});
  EXPECT_EQ(demo.messages, 5'000U);
  EXPECT_EQ(demo.bootstrap, "a:1,b:2");
  EXPECT_EQ(demo.plugin, "x.so");
  EXPECT_EQ(demo.set, Strings{"a=b"});
  EXPECT_EQ(demo.progress, ProgressDisplay::Show::never);
}

TEST(CommandLine, PluginInspectTakesAFile) {
  const auto inspect = parsed<InspectCommand>({"plugin", "inspect", "x.so", "--format", "json"});
  EXPECT_EQ(inspect.file, "x.so");
  EXPECT_EQ(inspect.format, OutputFormat::json);
}

TEST(CommandLine, PluginToolsTakeWhatTheyNeed) {
  const auto test =
      parsed<PluginTestCommand>({"plugin", "test", "x.so", "--messages", "-", "--config", "a = 1",
                                 "--batch", "7", "--handler-timeout", "2s"});
  EXPECT_EQ(test.run.file, "x.so");
  EXPECT_EQ(test.run.messages, "-");
  EXPECT_EQ(test.run.config, "a = 1");
  EXPECT_EQ(test.batch, 7U);
  EXPECT_EQ(test.handler_timeout, std::chrono::seconds(2));
  EXPECT_EQ(answer({"plugin", "test", "x.so"}).code, ExitCode::usage) << "without messages";
  const auto validate = parsed<PluginValidateCommand>(
      {"plugin", "validate", "x.so", "--only", "threads", "--only", "deadline"});
  EXPECT_EQ(validate.only, (Strings{"threads", "deadline"}));
  EXPECT_EQ(answer({"plugin", "validate", "x.so", "--timeout", "5"}).code, ExitCode::usage);
  const auto bench =
      parsed<PluginBenchCommand>({"plugin", "bench", "x.so", "--time", "50ms", "--batch", "10"});
  EXPECT_EQ(bench.time, std::chrono::milliseconds(50));
  EXPECT_EQ(bench.batch, 10U);
}

TEST(CommandLine, PluginNewTakesANameAndALanguage) {
  const auto plain = parsed<PluginNewCommand>({"plugin", "new", "orders"});
  EXPECT_EQ(plain.name, "orders");
  EXPECT_EQ(plain.language, scaffold::Language::cpp);
  EXPECT_EQ(parsed<PluginNewCommand>({"plugin", "new", "--lang", "c", "orders"}).language,
            scaffold::Language::c);
  EXPECT_EQ(parsed<PluginNewCommand>({"plugin", "new", "orders", "--lang", "rust"}).language,
            scaffold::Language::rust);
  EXPECT_EQ(answer({"plugin", "new"}).code, ExitCode::usage);
  EXPECT_NE(answer({"plugin", "new", "orders", "--lang", "go"}).text.find("c, cpp or rust"),
            std::string::npos);
}

TEST(CommandLine, StatusAndLagFindTheirHostByFileOrFolder) {
  const auto status = parsed<StatusCommand>({"status", "-c", "a.toml", "--format", "json"});
  EXPECT_EQ(status.target.file, "a.toml");
  EXPECT_EQ(status.target.state_dir, "");
  EXPECT_EQ(status.format, OutputFormat::json);
  const auto lag = parsed<LagCommand>({"lag", "--state-dir", "/var/lib/tidegate", "--partitions"});
  EXPECT_EQ(lag.target.state_dir, "/var/lib/tidegate");
  EXPECT_EQ(lag.partitions, Partitions::shown);
  EXPECT_EQ(parsed<LagCommand>({"lag"}).partitions, Partitions::hidden);
}

TEST(CommandLine, PauseAndResumeTakeAPipeline) {
  const auto pause = parsed<ChangeCommand>({"pause", "orders", "-c", "a.toml"});
  EXPECT_EQ(pause.what, ChangeCommand::What::pause);
  EXPECT_EQ(pause.pipeline, "orders");
  EXPECT_EQ(pause.target.file, "a.toml");
  const auto resume = parsed<ChangeCommand>({"resume", "orders"});
  EXPECT_EQ(resume.what, ChangeCommand::What::resume);
  EXPECT_EQ(resume.pipeline, "orders");
}

TEST(CommandLine, AReloadIsOfOnePipelineOrOfAll) {
  const auto one = parsed<ReloadCommand>({"reload", "orders", "--state-dir", "/s"});
  EXPECT_EQ(one.pipeline, "orders");
  EXPECT_EQ(one.target.state_dir, "/s");
  EXPECT_EQ(parsed<ReloadCommand>({"reload"}).pipeline, "");
  EXPECT_EQ(parsed<ReloadCommand>({"reload", "--format", "json"}).format, OutputFormat::json);
}

TEST(CommandLine, VersionIsACommandAndAnOption) {
  EXPECT_EQ(parsed<VersionCommand>({"version", "--format=json"}).format, OutputFormat::json);
  EXPECT_EQ(parsed<VersionCommand>({"--version"}).format, OutputFormat::text);
}

TEST(CommandLine, HelpOfEveryCommandIsNoMistakeAndShowsAnExample) {
  const std::vector<Strings> commands = {{},
                                         {"run"},
                                         {"validate"},
                                         {"demo"},
                                         {"plugin"},
                                         {"plugin", "inspect"},
                                         {"plugin", "test"},
                                         {"plugin", "validate"},
                                         {"plugin", "bench"},
                                         {"status"},
                                         {"lag"},
                                         {"pause"},
                                         {"resume"},
                                         {"dlq"},
                                         {"dlq", "list"},
                                         {"dlq", "show"},
                                         {"dlq", "replay"},
                                         {"dlq", "purge"}};
  for (Strings arguments : commands) {
    arguments.emplace_back("--help");
    const Answer help = answer(arguments);
    EXPECT_EQ(help.code, ExitCode::ok);
    EXPECT_NE(help.text.find("\n  tidegate "), std::string::npos) << help.text;
  }
}

TEST(CommandLine, WithoutArgumentsItTeachesAndIsAMistake) {
  const Answer help = answer({});
  EXPECT_EQ(help.code, ExitCode::usage);
  EXPECT_NE(help.text.find("tidegate demo"), std::string::npos);
}

TEST(CommandLine, MistakesAreUsageAndSayWhereHelpIs) {
  const std::vector<Strings> mistakes = {{"--bogus"},
                                         {"run", "--bogus"},
                                         {"run", "stray"},
                                         {"run", "--set", "no-equals"},
                                         {"run", "--set", "=value"},
                                         {"run", "-c"},
                                         {"plugin"},
                                         {"plugin", "inspect"},
                                         {"plugin", "test"},
                                         {"plugin", "validate"},
                                         {"plugin", "bench"},
                                         {"demo", "--messages", "0"},
                                         {"demo", "--messages", "many"},
                                         {"version", "--format", "xml"},
                                         {"pause"},
                                         {"resume", "a", "b"},
                                         {"status", "orders"},
                                         {"lag", "-c", "a", "--state-dir", "b"}};
  for (const Strings& arguments : mistakes) {
    const Answer mistake = answer(arguments);
    EXPECT_EQ(mistake.code, ExitCode::usage) << mistake.text;
    EXPECT_NE(mistake.text.find("--help"), std::string::npos) << mistake.text;
  }
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
  EXPECT_EQ(answer({"runn"}).code, ExitCode::usage);
  EXPECT_NE(answer({"runn"}).text.find("unknown command \"runn\""), std::string::npos);
}

TEST(CommandLine, WhatIsNotThereYetIsRefusedAndNotListed) {
  const std::string help = answer({"--help"}).text;
  for (const char* verb : {"top"}) {
    const Answer refused = answer({verb, "anything", "--at-all"});
    EXPECT_EQ(refused.code, ExitCode::usage);
    EXPECT_NE(refused.text.find("not there yet in this version"), std::string::npos)
        << refused.text;
    EXPECT_EQ(help.find(std::string("\n  ") + verb), std::string::npos) << verb;
  }
}

}  // namespace
}  // namespace tidegate::cli
