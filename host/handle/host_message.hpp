// SPDX-License-Identifier: Apache-2.0
//
// The message as the plugin sees it, with the host's own fields behind it: where its headers are
// parsed from and kept while the call runs. Thread rule: [slot], the one that runs the call.
#pragma once

#include <tidegate/plugin.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/handle/chunk.hpp"
#include "host/route/output.hpp"

namespace tidegate {

// view comes first: the plugin's pointer to it is turned back into the HostMessage.
struct HostMessage {
  tidegate_message view{};
  const kafka::HeldMessage* source = nullptr;
  std::vector<tidegate_header> headers;  // filled at first use, keeps its room for the next message
  bool headers_parsed = false;
  Outputs outputs;      // emitted while the call runs
  std::string refused;  // why an output was refused; empty: none was

  // Shows an item to the plugin. deadline_ns: CLOCK_MONOTONIC, 0: none. The item must outlive the
  // call.
  void show(const Item& item, const PartitionSource& partition, std::uint64_t deadline_ns);
  // Whether the call emitted anything, refused or not.
  [[nodiscard]] bool emitted() const { return !outputs.empty() || !refused.empty(); }
};

// tidegate_host.headers of every host table. REQUIRES: message was made by this host and its call
// runs.
std::int32_t read_headers(const tidegate_host* host, const tidegate_message* message,
                          const tidegate_header** headers, std::size_t* count) noexcept;

// tidegate_emit.emit. REQUIRES: as above.
std::int32_t emit_output(const tidegate_host* host, const tidegate_message* message,
                         const tidegate_output* output) noexcept;

}  // namespace tidegate
