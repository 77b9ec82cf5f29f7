// SPDX-License-Identifier: Apache-2.0
//
// What each path of the admin server answers. Kept apart from sockets and threads, so that the
// answers read as one table. Thread rule: [any]; no state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate {

struct AdminAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  // the methods of this path, where another one was used
};

enum class PipelineChange : std::uint8_t { pause, resume };

// What a server asks of the host, and whom it serves.
struct AdminService {
  std::function<metrics::HostSnapshot()> snapshot;
  // False: that pipeline does not run any more. Called with the names of the snapshot only.
  std::function<bool(const std::string& pipeline, PipelineChange change)> change;
  // Puts the plugin of one pipeline in as its file is now; where it is empty, takes the whole
  // configuration as it is now. May block for minutes.
  std::function<AdminAnswer(const std::optional<std::string>& pipeline)> reload;
  // Whether requests may change state: always on the control socket, else where it is configured.
  enum class Lifecycle : std::uint8_t { refused, allowed } lifecycle = Lifecycle::refused;
};

[[nodiscard]] AdminAnswer answer_admin(std::string_view method, std::string_view path,
                                       const AdminService& service);

}  // namespace tidegate
