// SPDX-License-Identifier: Apache-2.0
//
// Copies each message to another topic: key, value, headers and timestamp as they are. Headers of
// Tidegate's own (tidegate-...) are left out: they tell of attempts in this group. Configuration:
// README.md. One object serves all slots.
#include <tidegate/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/shared/json_config.hpp"

namespace {

struct Config {
  std::string to;
  bool keep_partition = false;

  explicit Config(std::string_view json) {
    plugins::JsonConfig config(json);
    to = config.text("to", "");
    if (to.empty()) plugins::JsonConfig::refuse("to", "the topic to copy to is needed");
    const std::string partition = config.text("partition", "key");
    if (partition != "key" && partition != "keep") {
      plugins::JsonConfig::refuse("partition", R"("key" or "keep" is needed)");
    }
    keep_partition = partition == "keep";
    config.finish();
  }
};

bool is_hosts_own(std::string_view header) {
  constexpr std::string_view kPrefix = "tidegate-";
  return header.substr(0, kPrefix.size()) == kPrefix;
}

class Copy {
 public:
  static constexpr bool kThreadSafe = true;

  Copy(tidegate::Host host, std::string_view config_json) : config_(config_json), emit_(host) {}

  bool handle(const tidegate::Message& message) {
    tidegate::Output output{config_.to, std::nullopt, std::nullopt};
    if (message.has_key()) output.key = message.key();
    if (message.has_value()) output.value = message.value();
    for (const tidegate::Header header : message.headers()) {
      if (!is_hosts_own(header.name)) output.headers.push_back(header);
    }
    if (config_.keep_partition) output.partition = message.partition();
    output.timestamp_ms = message.timestamp_ms();
    return emit_(message, output);
  }

 private:
  const Config config_;
  const tidegate::Emit emit_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Copy, "copy", "0.1.0")
