// SPDX-License-Identifier: Apache-2.0
//
// The librdkafka properties that Tidegate sets by itself, and why. Where librdkafka's default is a
// trap the operator's value wins over ours; what the invariants rest on is not the operator's.
// Thread rule: constant data and pure functions, [any].
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/kafka/properties.hpp"

namespace tidegate::kafka {

enum class Owner : std::uint8_t {
  operator_may_change,
  host,  // host_owned() refuses it in a configuration
};

struct Default {
  std::string_view name;
  std::string_view value;
  Owner owner;
  std::string_view why;
};

// Those of a consumer, bootstrap.servers and group.id aside.
[[nodiscard]] std::span<const Default> consumer_defaults();

// The final properties of one consumer: ours, the operator's over them, the host's over all.
// group.instance.id, where set, gets the suffix -<consumer_index>.
[[nodiscard]] Properties consumer_properties(const std::vector<std::string>& bootstrap_servers,
                                             const std::string& group_id,
                                             const Properties& operators,
                                             std::uint32_t consumer_index);

// For `validate --explain`: each default, librdkafka's own beside it, and the reason.
[[nodiscard]] std::string explain_defaults();

}  // namespace tidegate::kafka
