// SPDX-License-Identifier: Apache-2.0
//
// The executable as an operator meets it: what it answers, prints and exits with.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "host/app/scratch_dir.hpp"
#include "host/base/version.hpp"
#include "tests/broker/app/process.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Ended;
using test::Process;

class CommandLineProcess : public testing::Test {
 protected:
  Ended tidegate(const std::vector<std::string>& arguments) const {
    return test::tidegate(arguments, scratch_.path());
  }
  std::string plugin(const std::string& name) const {
    return (test::build_dir() / "plugins" / name).string();
  }
  // A sound configuration of one pipeline whose broker is not there.
  std::string config(const std::string& plugin_path) const {
    return "config_version = 1\n"
           "[host]\nstate_dir = \"" +
           (scratch_.path() / "state").string() +
           "\"\n"
           "shutdown_timeout = \"5s\"\n"
           "[admin]\nlisten = \"127.0.0.1:0\"\n"
           "[clusters.main]\nbootstrap_servers = [\"127.0.0.1:1\"]\n"
           "[pipelines.orders]\ngroup_id = \"orders\"\ntopics = [\"orders.v1\"]\n"
           "[pipelines.orders.plugin]\npath = \"" +
           plugin_path + "\"\n";
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(scratch_.path() / name) << text;
  }
  // The lines of a JSON log with this event.
  static std::vector<json> events(const std::string& log, const std::string& event) {
    std::vector<json> found;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      const json parsed = json::parse(line, nullptr, false);
      if (parsed.is_object() && parsed.value("event", "") == event) found.push_back(parsed);
    }
    return found;
  }

  const ScratchDir scratch_;
};

TEST_F(CommandLineProcess, MistakesExitWithUsage) {
  EXPECT_EQ(tidegate({}).exit_code, 64);
  EXPECT_EQ(tidegate({"run", "--bogus"}).exit_code, 64);
  const Ended later = tidegate({"top"});
  EXPECT_EQ(later.exit_code, 64);
  EXPECT_NE(later.err.find("not there yet"), std::string::npos);
}

TEST_F(CommandLineProcess, VersionNamesWhatItStandsOn) {
  const Ended ended = tidegate({"version", "--format", "json"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(json::parse(ended.out)["version"], std::string(version()));
}

TEST_F(CommandLineProcess, WithoutAConfigurationItTellsWhereItLooked) {
  for (const char* verb : {"run", "validate"}) {
    const Ended ended = tidegate({verb});
    EXPECT_EQ(ended.exit_code, 78);
    EXPECT_NE(ended.err.find("/etc/tidegate/tidegate.toml"), std::string::npos) << ended.err;
  }
}

TEST_F(CommandLineProcess, ValidateAnswersOk) {
  write("tidegate.toml", config(plugin("noop.so")));
  const Ended ended = tidegate({"validate"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.out, "ok\n");
  EXPECT_FALSE(fs::exists(scratch_.path() / "state")) << "it is to have no side effects";
}

TEST_F(CommandLineProcess, ValidateShowsEveryFindingAndRefuses) {
  write("bad.toml", config(plugin("noop.so")) +
                        "no_such_key = 1\n[pipelines.orders.batch]\nmax_messages = 0\n");
  const Ended ended = tidegate({"validate", "bad.toml"});
  EXPECT_EQ(ended.exit_code, 78);
  EXPECT_EQ(ended.out, "");
  EXPECT_NE(ended.err.find("no_such_key"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("max_messages"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("2 errors, 0 warnings"), std::string::npos) << ended.err;
}

TEST_F(CommandLineProcess, ValidateChecksThePluginUnlessOffline) {
  write("text.so", "not a library");
  write("tidegate.toml", config((scratch_.path() / "text.so").string()));
  const Ended checked = tidegate({"validate"});
  EXPECT_EQ(checked.exit_code, 78);
  EXPECT_NE(checked.err.find("text.so"), std::string::npos) << checked.err;
  EXPECT_EQ(tidegate({"validate", "--offline"}).exit_code, 0);
}

TEST_F(CommandLineProcess, ValidateReportsAsJson) {
  write("tidegate.toml", config((scratch_.path() / "missing.so").string()));
  const Ended ended = tidegate({"validate", "--format", "json"});
  EXPECT_EQ(ended.exit_code, 78);
  const json report = json::parse(ended.out);
  EXPECT_EQ(report["ok"], false);
  ASSERT_EQ(report["files"][0]["findings"].size(), 1U);
  EXPECT_EQ(report["files"][0]["findings"][0]["path"], "pipelines.orders.plugin.path");
}

TEST_F(CommandLineProcess, AnOverrideIsCheckedLikeTheFile) {
  write("tidegate.toml", config(plugin("noop.so")));
  EXPECT_EQ(tidegate({"validate", "--set", "pipelines.orders.concurrency=4"}).exit_code, 0);
  EXPECT_EQ(tidegate({"validate", "--set", "pipelines.orders.concurrency=none"}).exit_code, 78);
}

TEST_F(CommandLineProcess, InspectTellsAPluginFromATextFile) {
  const Ended sound = tidegate({"plugin", "inspect", plugin("flaky.so"), "--format", "json"});
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
  EXPECT_EQ(json::parse(sound.out)["runs_here"], true);
  write("text.so", "not a library");
  EXPECT_EQ(tidegate({"plugin", "inspect", "text.so"}).exit_code, 78);
}

TEST_F(CommandLineProcess, RunRefusesAPluginThatIsNoneAndLogsWhy) {
  write("text.so", "not a library");
  write("tidegate.toml", config((scratch_.path() / "text.so").string()));
  const Ended ended = tidegate({"run"});
  EXPECT_EQ(ended.exit_code, 78);
  const auto lines = events(ended.err, "plugin_refused");
  ASSERT_EQ(lines.size(), 1U) << ended.err;
  EXPECT_EQ(lines[0]["pipeline"], "orders");
  EXPECT_EQ(lines[0]["reason"], "not_elf");
}

TEST_F(CommandLineProcess, RunWaitsForBrokersAndEndsWithZeroOnSigterm) {
  write("tidegate.toml", config(plugin("noop.so")));
  Process process({"run"}, scratch_.path());
  ASSERT_TRUE(process.wait_for_stderr("\"host_starting\""));
  process.signal(SIGTERM);
  const Ended ended = process.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const auto lines = events(ended.err, "summary");
  ASSERT_EQ(lines.size(), 1U) << ended.err;
  EXPECT_EQ(lines[0]["adds_up"], true);
  EXPECT_EQ(lines[0]["state"], "stopped");
}

TEST_F(CommandLineProcess, RunTellsThatTheAdminAddressIsTaken) {
  write("tidegate.toml", config(plugin("noop.so")));
  Process first({"run"}, scratch_.path());
  ASSERT_TRUE(first.wait_for_stderr("\"host_starting\""));
  ASSERT_TRUE(first.wait_for_stderr("\n"));
  const auto starting = events(first.err(), "host_starting");
  ASSERT_EQ(starting.size(), 1U) << first.err();
  const std::string address = starting[0]["admin"];
  const Ended second =
      tidegate({"run", "--set", "admin.listen=" + address, "--set", "host.state_dir=other"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find(address), std::string::npos) << second.err;
}

TEST_F(CommandLineProcess, StatusFindsTheHostByItsFileThoughTheRestOfItIsNotSound) {
  write("tidegate.toml", config(plugin("noop.so")));
  Process host({"run"}, scratch_.path());
  ASSERT_TRUE(host.wait_for_stderr("\"host_starting\""));
  write("tidegate.toml", config("${NOT_SET:?a secret of the host's}") + "no_such_key = 1\n");
  const Ended ended = tidegate({"status", "--format", "json"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(json::parse(ended.out)["pipelines"][0]["name"], "orders");
  EXPECT_NE(tidegate({"lag"}).out.find("PIPELINE"), std::string::npos);
}

TEST_F(CommandLineProcess, WhereNoHostAnswersTheCommandsSayWhereTheyAskedAndWhatToDo) {
  write("tidegate.toml", config(plugin("noop.so")));
  const std::vector<std::vector<std::string>> commands = {
      {"status"}, {"lag"}, {"pause", "orders"}, {"resume", "orders"}};
  for (const auto& command : commands) {
    const Ended ended = tidegate(command);
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_NE(ended.err.find("no host answers at " +
                             (scratch_.path() / "state" / "control.sock").string()),
              std::string::npos)
        << ended.err;
    EXPECT_NE(ended.err.find("--state-dir"), std::string::npos) << ended.err;
  }
  const Ended named = tidegate({"status", "-c", "missing.toml"});
  EXPECT_EQ(named.exit_code, 78);
  EXPECT_NE(named.err.find("missing.toml"), std::string::npos) << named.err;
}

}  // namespace
}  // namespace tidegate
