// SPDX-License-Identifier: Apache-2.0
//
// What each path of the admin server answers. Kept apart from sockets and threads, so that the
// answers read as one table. Thread rule: [any]; no state.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate {

struct AdminAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
};

// snapshot is called at most once.
[[nodiscard]] AdminAnswer answer_admin_get(std::string_view path,
                                           const std::function<metrics::HostSnapshot()>& snapshot);

// The answer to a method that reads nothing.
[[nodiscard]] AdminAnswer refuse_admin_method(std::string_view method);

}  // namespace tidegate
