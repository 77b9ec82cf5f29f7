// SPDX-License-Identifier: Apache-2.0
//
// A plugin in C++17 with all forms of the wrapper. It answers as plugin.c does; besides, "throw"
// throws, in a batch too.
#include <tidegate/plugin.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

class Example {
 public:
  Example(tidegate::Host host, std::string_view config_json)
      : seen_(host.counter("example_seen_total", "Messages seen.")) {
    if (config_json == R"({"fail":true})") throw std::runtime_error("asked to fail");
    host.info("example is ready for " + std::string(host.pipeline()));
  }

  tidegate::Result handle(const tidegate::Message& message) {
    seen_.add();
    if (!message.has_value()) return tidegate::Result::drop("tombstone");
    if (message.value() == "bad") return tidegate::Result::fail("bad value");
    if (message.value() == "throw") throw std::runtime_error("thrown on purpose");
    if (message.value() == "headers") {
      const auto trace = message.headers().find("trace");
      std::size_t count = 0;
      for (const tidegate::Header header : message.headers()) count += header.has_value ? 1 : 0;
      return trace && trace->value == "last" && count == 2;
    }
    return true;
  }

  void handle_batch(const tidegate::Batch& batch, tidegate::Results& results) {
    for (std::size_t i = 0; i < batch.size(); ++i) results[i] = handle(batch[i]);
  }

 private:
  tidegate::Counter seen_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Example, "cpp-example", "1.0.0")
