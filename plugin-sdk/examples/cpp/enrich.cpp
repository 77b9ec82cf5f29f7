// SPDX-License-Identifier: Apache-2.0
//
// Sends each message on to another topic, with a header more. Its configuration names the topic:
// {"to":"orders.enriched"}. Shows each answer a handler can give.
#include <tidegate/plugin.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

// Enough for one text without escapes. For more take a JSON library: a plugin may use any.
std::string text_of(std::string_view json, std::string_view key) {
  const std::string quoted = "\"" + std::string(key) + "\"";
  const std::size_t at = json.find(quoted);
  const std::size_t begin = at == std::string_view::npos ? at : json.find('"', at + quoted.size());
  const std::size_t end = begin == std::string_view::npos ? begin : json.find('"', begin + 1);
  if (end == std::string_view::npos) throw std::invalid_argument(std::string(key) + " is needed");
  return std::string(json.substr(begin + 1, end - begin - 1));
}

class Enrich {
 public:
  // An exception here keeps the pipeline from starting; the operator reads its text.
  Enrich(tidegate::Host host, std::string_view config_json)
      : to_(text_of(config_json, "to")),
        emit_(host),
        sent_(host.counter("enrich_sent_total", "Messages that were sent on.")) {}

  tidegate::Result handle(const tidegate::Message& message) {
    using tidegate::Result;
    if (!message.has_value()) return Result::drop("a tombstone");
    if (message.value() == "broken") return Result::dead_letter("not an order");
    if (message.value() == "too early") return Result::retry_after(500, "the customer is unknown");
    if (message.value() == "outage") return Result::pause(5000, "the address service is away");
    tidegate::Output output{to_, std::nullopt, message.value()};
    if (message.has_key()) output.key = message.key();
    output.headers = {{"enriched-by", "enrich", true}};
    // It goes out when the answer is ok, and only then. Refused: the attempt has failed.
    if (!emit_(message, output)) return false;
    sent_.add();
    return true;
  }

 private:
  const std::string to_;
  const tidegate::Emit emit_;
  const tidegate::Counter sent_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Enrich, "enrich", "1.0.0")
