// SPDX-License-Identifier: Apache-2.0
//
// What a configuration says about a plugin and its trial.
#include <gmock/gmock.h>

#include "tests/unit/base/config/support.hpp"

namespace tidegate::config::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(PluginKeys, TellWhereEachPluginsPathIsWritten) {
  const LoadResult result =
      load(good("[pipelines.more]\ngroup_id = \"more\"\ntopics = [\"t\"]\n"
                "[defaults]\nplugin.path = \"all.so\"\n"));
  ASSERT_EQ(result.plugin_places.size(), 2U) << rendered(result);
  EXPECT_EQ(result.plugin_places[0].path, "pipelines.orders.plugin.path");
  EXPECT_EQ(result.plugin_places[0].line, 7U);
  EXPECT_EQ(result.plugin_places[0].column, 15U);
  EXPECT_EQ(result.plugin_places[0].source_line, "plugin.path = \"orders.so\"");
  EXPECT_EQ(result.plugin_places[1].path, "pipelines.more.plugin.path");
  EXPECT_EQ(result.plugin_places[1].line, 12U) << "under [defaults]";
  const LoadResult set = load(good(), {"pipelines.orders.plugin.path=x.so"});
  EXPECT_EQ(set.plugin_places.at(0).file, "--set");
}

TEST(PluginKeys, ProbeTimeoutHasItsBounds) {
  for (const auto& [text, limit] : {std::pair{"1ms", milliseconds(1)},
                                    {"90s", milliseconds(90'000)},
                                    {"1d", milliseconds(86'400'000)}})
    EXPECT_EQ(only_pipeline(load(good("plugin.probe_timeout = \"" + std::string(text) + "\"\n")))
                  .plugin.probe_timeout,
              limit);
  for (const char* wrong : {"\"0s\"", "\"2d\"", "10"}) {
    const LoadResult result = load(good("plugin.probe_timeout = " + std::string(wrong) + "\n"));
    EXPECT_FALSE(result.host) << wrong;
    EXPECT_THAT(rendered(result), HasSubstr("pipelines.orders.plugin.probe_timeout: ")) << wrong;
  }
}

TEST(PluginKeys, ProbeTimeoutIsInheritedFromTheDefaults) {
  const LoadResult result = load(good("[defaults]\nplugin.probe_timeout = \"250ms\"\n"));
  EXPECT_EQ(only_pipeline(result).plugin.probe_timeout, milliseconds(250)) << rendered(result);
}

}  // namespace
}  // namespace tidegate::config::testing
