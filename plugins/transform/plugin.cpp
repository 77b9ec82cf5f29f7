// SPDX-License-Identifier: Apache-2.0
//
// An example of a handler that sends messages: it reads JSON orders and sends each one with its
// total to the topic orders.priced. What is no order is no retry's business: it is a dead letter.
#include <nlohmann/json.hpp>
#include <tidegate/plugin.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace {

class Price {
 public:
  Price(tidegate::Host host, std::string_view config_json) : emit_(host) {
    const auto config = nlohmann::json::parse(config_json);
    to_ = config.value("to", "orders.priced");
  }

  tidegate::Result handle(const tidegate::Message& message) {
    auto order = nlohmann::json::parse(message.value(), nullptr, /*allow_exceptions=*/false);
    if (!order.is_object() || !order["count"].is_number() || !order["price"].is_number())
      return tidegate::Result::dead_letter("not an order with count and price");
    order["total"] = order["count"].get<double>() * order["price"].get<double>();
    const std::string value = order.dump();
    tidegate::Output output{to_, std::nullopt, value};
    if (message.has_key()) output.key = message.key();
    emit_(message, output);  // refused: the attempt has failed, whatever is answered
    return tidegate::Result::ok();
  }

 private:
  std::string to_;
  tidegate::Emit emit_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Price, "transform", "0.1.0")
