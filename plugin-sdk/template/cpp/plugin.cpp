// SPDX-License-Identifier: Apache-2.0
//
// A handler with state, configuration and a metric. It accepts a message whose value is not longer
// than a limit; replace handle() by what your messages need.
#include <tidegate/plugin.hpp>

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// Reads {"max_bytes": 1000}. For more than a number take a JSON library: a plugin may use any.
std::size_t parse_max_bytes(std::string_view config_json) {
  constexpr std::string_view kKey = "\"max_bytes\"";
  const std::size_t key = config_json.find(kKey);
  if (key == std::string_view::npos) return 1'000'000;
  const std::size_t number = config_json.find_first_not_of(": \t", key + kKey.size());
  std::size_t value = 0;
  if (number == std::string_view::npos ||
      std::from_chars(config_json.data() + number, config_json.data() + config_json.size(), value)
              .ec != std::errc()) {
    throw std::invalid_argument("max_bytes: a whole number is needed");
  }
  return value;
}

class Plugin {
 public:
  // An exception here stops the pipeline from starting; the operator reads its text.
  Plugin(tidegate::Host host, std::string_view config_json)
      : max_bytes_(parse_max_bytes(config_json)),
        value_bytes_(
            host.histogram("my_plugin_value_bytes", "Size of the values that were accepted.")) {
    host.info("ready for values up to " + std::to_string(max_bytes_) + " bytes");
  }

  // One call at a time per object, and one object per handler slot: members need no lock.
  tidegate::Result handle(const tidegate::Message& message) {
    if (!message.has_value()) return tidegate::Result::drop("a tombstone");
    if (message.value().size() > max_bytes_) return tidegate::Result::dead_letter("too large");
    // Do your work here. A thrown exception counts as a failure; the pipeline's policy decides.
    value_bytes_.observe(static_cast<double>(message.value().size()));
    return true;
  }

 private:
  std::size_t max_bytes_;
  tidegate::Histogram value_bytes_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Plugin, "my-plugin", "0.1.0")
