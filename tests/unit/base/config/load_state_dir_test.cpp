// SPDX-License-Identifier: Apache-2.0
//
// Where a host keeps its state, read from a file whose rest does not matter.
#include <fstream>

#include <gmock/gmock.h>

#include "host/app/scratch_dir.hpp"
#include "host/base/config/build.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class LoadStateDir : public ::testing::Test {
 protected:
  StateDirResult load(const std::string& text, Variables variables = {}) const {
    const fs::path file = folder_.path() / "t.toml";
    std::ofstream(file) << text;
    return load_state_dir(file, environment_of(std::move(variables)));
  }
  const ScratchDir folder_;
};

TEST_F(LoadStateDir, MindsNeitherMistakesNorVariablesOfTheRest) {
  const StateDirResult result = load(
      "no_such_key = 1\n[host]\nstate_dir = \"/var/${NAME}\"\nshutdown_timeout = 3\n"
      "[clusters.main.librdkafka]\n\"sasl.password\" = \"${SECRET:?of the host's shell}\"\n",
      {{"NAME", "lib"}});
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.state_dir, "/var/lib");
}

TEST_F(LoadStateDir, IsWhatARunOfTheFileWouldTake) {
  const Variables unit = {{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}, {"HOME", "/people/t"}};
  for (const auto& [text, variables] : std::vector<std::pair<std::string, Variables>>{
           {good(), unit},
           {good(), {{"HOME", "/people/t"}}},
           {good("[host]\nstate_dir = \"../state\"\n"), unit}}) {
    const StateDirResult result = load(text, variables);
    const LoadResult run = load_file(folder_.path() / "t.toml", {}, environment_of(variables));
    ASSERT_TRUE(run.host.has_value()) << rendered(run);
    EXPECT_EQ(result.state_dir, run.host->state_dir) << text;
  }
}

TEST_F(LoadStateDir, ThatCannotBeToldIsAFinding) {
  for (const char* text :
       {"[host\n", "[host]\nstate_dir = 3\n", "[host]\nstate_dir = \"${NOWHERE}\"\n"}) {
    const StateDirResult result = load(text);
    EXPECT_FALSE(result.state_dir.has_value()) << text;
    EXPECT_EQ(result.findings.size(), 1U) << text;
  }
  const StateDirResult missing = load_state_dir(folder_.path() / "none.toml", environment_of({}));
  EXPECT_FALSE(missing.state_dir.has_value());
  EXPECT_THAT(missing.findings.at(0).message, HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace tidegate::config::testing
