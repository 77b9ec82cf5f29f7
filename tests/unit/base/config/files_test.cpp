// SPDX-License-Identifier: Apache-2.0
//
// The files of config/ against the code. TIDEGATE_REGENERATE=1 writes those that follow from the
// key table anew instead of comparing them.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "host/base/config/example.hpp"
#include "host/base/config/keys.hpp"
#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

// Tests run at the root of the project (cmake/TestExecutable.cmake).
std::string read(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream.good()) << file << " cannot be read; run at the root of the project";
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void expect_current(const std::string& file, const std::string& text) {
  // One thread at this point.
  if (std::getenv("TIDEGATE_REGENERATE") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(file, std::ios::binary) << text;
    GTEST_SKIP() << file << " was written, not compared";
  }
  EXPECT_TRUE(read(file) == text)
      << file << " does not follow from the key table; TIDEGATE_REGENERATE=1 writes it anew";
}

TEST(ExampleFile, FollowsFromTheKeyTable) {
  expect_current("config/tidegate.example.toml", example_toml());
}

TEST(ReferenceFile, FollowsFromTheKeyTable) {
  expect_current("config/REFERENCE.md", reference_markdown());
}

TEST(ExampleFile, HasEveryKey) {
  const std::string text = read("config/tidegate.example.toml");
  for (const Key& key : all_keys()) {
    const bool own_table = key.type == Type::properties || key.type == Type::free_table;
    const std::string name(last_step(key.path));
    EXPECT_THAT(text, ::testing::HasSubstr(own_table ? '.' + name + ']' : name + " = "));
  }
}

TEST(ExampleFile, GivesNoFindingAndNothingButDefaults) {
  const LoadResult example = load_file("config/tidegate.example.toml", {}, environment_of({}));
  const Pipeline written = only_pipeline(example);
  const Pipeline by_default = only_pipeline(load(good()));
  EXPECT_EQ(written.max_in_flight_messages, by_default.max_in_flight_messages);
  EXPECT_EQ(written.handler_timeout, by_default.handler_timeout);
  EXPECT_EQ(written.commit.interval, by_default.commit.interval);
  EXPECT_EQ(written.retry.mode, by_default.retry.mode);
  EXPECT_EQ(written.retry.max_retries, by_default.retry.max_retries);
  EXPECT_EQ(written.retry.delays, by_default.retry.delays);
  EXPECT_EQ(written.dead_letter.topic, by_default.dead_letter.topic);
  EXPECT_EQ(written.dead_letter.max_ratio, by_default.dead_letter.max_ratio);
  EXPECT_EQ(written.plugin.config_json, R"({"mode":"count"})");
}

TEST(MinimalFile, GivesNoFinding) {
  const LoadResult result = load_file("config/tidegate.minimal.toml", {}, environment_of({}));
  EXPECT_FALSE(only_pipeline(result).topics.empty());
}

// Cuts, swaps, doubles and overwrites pieces of a text.
std::string mutated(std::string text, std::mt19937& random) {
  const auto at = [&] { return random() % text.size(); };
  for (auto edits = 1 + random() % 6; edits > 0 && text.size() > 2; --edits) {
    const std::size_t from = at();
    const std::size_t size = std::min<std::size_t>(random() % 40, text.size() - from);
    switch (random() % 5) {
      case 0: text.erase(from, size); break;
      case 1: text.insert(at(), text.substr(from, size)); break;
      case 2: text[from] = static_cast<char>(random() % 256); break;
      case 3: text[from] = "\"'[]{}=.,#\n$\\0-"[random() % 15]; break;
      default: text.insert(from, "${A:-x}"); break;
    }
  }
  return text;
}

TEST(Load, SurvivesWhateverAFileBecomes) {
  const std::string example = read("config/tidegate.example.toml");
  // Without comments more of the edits hit something.
  std::string bare;
  for (std::size_t i = 0; i < example.size();) {
    const std::size_t end = std::min(example.find('\n', i), example.size() - 1);
    const std::string line = example.substr(i, end - i);
    const std::string kept = line.substr(line.substr(0, 2) == "# " ? 2 : 0, 36);
    bare += kept + '\n';
    i = end + 1;
  }
  std::mt19937 random(20240501);  // NOLINT(cert-msc51-cpp): the same edits in every run
  std::size_t loaded = 0;
  for (int i = 0; i < 600; ++i) {
    const LoadResult result = load(mutated(i % 2 == 0 ? bare : example, random));
    loaded += result.host ? 1U : 0U;
    // Refused or not, never without a reason.
    EXPECT_NE(result.host.has_value(), has_errors(result.findings));
    for (const Finding& finding : result.findings) EXPECT_FALSE(render(finding).empty());
  }
  EXPECT_GT(loaded, 0U) << "no edit was harmless: the test no longer reaches behind the parser";
  EXPECT_LT(loaded, 600U);
}

}  // namespace
}  // namespace tidegate::config::testing
