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
  const std::size_t digits = config_json.find_first_of("0123456789", key + kKey.size());
  std::size_t value = 0;
  if (digits == std::string_view::npos ||
      std::from_chars(config_json.data() + digits, config_json.data() + config_json.size(), value)
              .ec != std::errc()) {
    throw std::invalid_argument("max_bytes: a whole number is needed");
  }
  return value;
}

class Orders {
 public:
  // An exception here stops the pipeline from starting; the operator reads its text.
  Orders(tidegate::Host host, std::string_view config_json)
      : max_bytes_(parse_max_bytes(config_json)),
        value_bytes_(
            host.histogram("orders_value_bytes", "Size of the values that were accepted.")) {
    host.info("orders is ready, values up to " + std::to_string(max_bytes_) + " bytes");
  }

  // One call at a time per object, and one object per handler slot: members need no lock.
  tidegate::Result handle(const tidegate::Message& message) {
    if (!message.has_value()) return tidegate::Result::drop("a tombstone is no order");
    if (message.value().size() > max_bytes_) return tidegate::Result::dead_letter("too large");
    // Store it here. A thrown exception counts as a failure; the pipeline's policy decides.
    value_bytes_.observe(static_cast<double>(message.value().size()));
    return true;
  }

 private:
  std::size_t max_bytes_;
  tidegate::Histogram value_bytes_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Orders, "orders", "0.1.0")
