// SPDX-License-Identifier: Apache-2.0
#include "host/app/reload/reload_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "host/app/cli/status_text.hpp"

namespace tidegate {
namespace {

using metrics::PluginReload;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

PluginVersionPtr version(std::uint32_t generation, const std::string& text) {
  return std::make_shared<PluginVersion>(PluginVersion{generation, "orders", text, "abc", 1});
}

ReloadResult swapped() {
  return {.what = PluginReload::swapped,
          .version = version(2, "1.1"),
          .before = version(1, "1.0"),
          .took = std::chrono::milliseconds(31),
          .probation = std::chrono::seconds(60)};
}
ReloadResult unchanged() { return {.what = PluginReload::unchanged, .version = version(1, "1.0")}; }
ReloadResult refused() {
  return {.what = PluginReload::refused, .version = version(1, "1.0"), .problem = "no; do this"};
}

TEST(ReloadReport, WhatIsSwappedIsToldAsFactsAndInWords) {
  const AdminAnswer answer =
      answer_of({.pipelines = {{"orders", swapped()}, {"bills", unchanged()}}});
  EXPECT_EQ(answer.status, 200);
  const Json facts = Json::parse(answer.body);
  const Json& first = facts["pipelines"][0];
  EXPECT_EQ(first["result"], "swapped");
  EXPECT_EQ(first["version"], "1.1");
  EXPECT_EQ(first["version_before"], "1.0");
  EXPECT_EQ(first["generation"], 2);
  EXPECT_EQ(facts["pipelines"][1]["result"], "unchanged");
  EXPECT_EQ(cli::reload_text(facts),
            "orders: orders 1.1 instead of 1.0, in 31 ms; on probation for 1 min 00 s\n"
            "bills: unchanged, orders 1.0\n");
}

TEST(ReloadReport, NamesWhatWasMadeAnewCameAndWent) {
  const AdminAnswer answer = answer_of({.pipelines = {{"orders", unchanged()}},
                                        .changed = {{"bills", ChangeResult::changed},
                                                    {"mails", ChangeResult::added},
                                                    {"faxes", ChangeResult::removed}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(cli::reload_text(Json::parse(answer.body)),
            "orders: unchanged, orders 1.0\nbills: changed\nmails: added\nfaxes: removed\n");
}

TEST(ReloadReport, WhatWasRolledBackOrFailedSaysWhyAndWhatBecameOfTheOthers) {
  const AdminAnswer answer =
      answer_of({.pipelines = {{"orders", unchanged()}},
                 .changed = {{"bills", ChangeResult::rolled_back, "no such file"},
                             {"mails", ChangeResult::failed, "it has not stopped"},
                             {"faxes", ChangeResult::removed}}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body,
            "pipeline bills: rolled_back: no such file\n"
            "pipeline mails: failed: it has not stopped\n"
            "pipeline orders: unchanged, orders 1.0 handles\n"
            "pipeline faxes: removed\n");
}

TEST(ReloadReport, ARefusalIsATextThatSaysWhatBecameOfEach) {
  const AdminAnswer answer =
      answer_of({.pipelines = {{"orders", refused()}, {"bills", swapped()}}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body,
            "pipeline orders: no; do this\npipeline bills: swapped, orders 1.1 handles\n");
}

TEST(ReloadReport, ARejectedConfigurationAnswersWithItsFindings) {
  const AdminAnswer answer = answer_of({.rejected = {"tidegate.toml:3:1: error: no", "nothing"}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.body, "tidegate.toml:3:1: error: no\nnothing\n");
}

TEST(ReloadReport, APipelineThatDoesNotRunIsAConflict) {
  const AdminAnswer answer = answer_of({.not_running = {"orders"}});
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, HasSubstr("pipeline orders"));
}

}  // namespace
}  // namespace tidegate
