// SPDX-License-Identifier: Apache-2.0
//
// Nothing peculiar; counts its instances, so that a test sees destroy.
#include <tidegate/plugin.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace {

int instances = 0;

class Plain {
 public:
  Plain(tidegate::Host host, std::string_view config_json) {
    if (config_json != "{}") throw std::runtime_error("no such table: orders");
    ++instances;
    host.debug("an instance was made");
  }
  ~Plain() { --instances; }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  tidegate::Result handle(const tidegate::Message& /*message*/) {
    return tidegate::Result::fail(std::to_string(instances));
  }
};

}  // namespace

#ifdef ANOTHER_VERSION
TIDEGATE_PLUGIN_CLASS(Plain, "plain", "2.0.0")
#else
TIDEGATE_PLUGIN_CLASS(Plain, "plain", "1.0.0")
#endif
