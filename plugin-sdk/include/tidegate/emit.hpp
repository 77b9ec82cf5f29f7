// SPDX-License-Identifier: Apache-2.0
//
// Messages that a handler sends to other topics. They go out when the attempt of the message they
// belong to is answered ok, and only then:
//
//   class Enrich {
//    public:
//     Enrich(tidegate::Host host, std::string_view) : emit_(host) {}
//     bool handle(const tidegate::Message& message) {
//       emit_(message, {"orders.enriched", message.key(), "..."});
//       return true;
//     }
//    private:
//     tidegate::Emit emit_;
//   };
//
// Thread rule: an Emit is made in the constructor and used by the threads that run the calls.
#pragma once

#include <tidegate/host.hpp>
#include <tidegate/message.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace tidegate {

// One message to send. Its views must stay valid until Emit has returned, no longer.
struct Output {
  std::string_view topic;
  std::optional<std::string_view> key;    // empty optional: absent
  std::optional<std::string_view> value;  // empty optional: absent, a tombstone
  std::vector<Header> headers = {};
  std::int32_t partition = -1;     // -1: by the key's hash, any where there is no key
  std::int64_t timestamp_ms = -1;  // Unix milliseconds; -1: now
};

class Emit {
 public:
  // Throws std::runtime_error when this host cannot send messages.
  explicit Emit(Host host)
      : host_(&host.raw()),
        service_(static_cast<const tidegate_emit*>(
            host_->get_extension(host_, TIDEGATE_EXTENSION_EMIT))) {
    if (service_ == nullptr) {
      throw std::runtime_error("this host has no " TIDEGATE_EXTENSION_EMIT
                               ": it cannot send messages; use a newer one");
    }
  }

  // Adds an output to a message that the running call was given. False: refused, and the attempt
  // has failed with kind emit, whatever the handler answers.
  bool operator()(const Message& message, const Output& output) const {
    std::vector<tidegate_header> headers;
    headers.reserve(output.headers.size());
    for (const Header& header : output.headers) {
      headers.push_back({bytes(header.name),
                         header.has_value ? bytes(header.value) : tidegate_bytes{nullptr, 0}});
    }
    const tidegate_output raw = {sizeof(tidegate_output), output.partition,  output.timestamp_ms,
                                 bytes(output.topic),     bytes(output.key), bytes(output.value),
                                 headers.data(),          headers.size()};
    return service_->emit(host_, &message.raw(), &raw) == 0;
  }

 private:
  // What is empty and there needs an address.
  static tidegate_bytes bytes(std::string_view there) noexcept {
    return {there.data() == nullptr ? "" : there.data(), there.size()};
  }
  static tidegate_bytes bytes(const std::optional<std::string_view>& maybe) noexcept {
    return maybe.has_value() ? bytes(*maybe) : tidegate_bytes{nullptr, 0};
  }

  const tidegate_host* host_;
  const tidegate_emit* service_;
};

}  // namespace tidegate
