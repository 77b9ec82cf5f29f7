// SPDX-License-Identifier: Apache-2.0
//
// The value of admin.listen: where to bind. Thread rule: values, [any].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate {

struct ListenAddress {
  std::string host;  // a name or a numeric address, without brackets
  std::uint16_t port = 0;
};

// Reads "127.0.0.1:9464", "localhost:0" or "[::1]:9464". Throws std::runtime_error that quotes the
// text and says how it should look.
[[nodiscard]] ListenAddress parse_listen_address(std::string_view text);

// The reverse: an address with a colon of its own stands in brackets.
[[nodiscard]] std::string to_string(const ListenAddress& address);

}  // namespace tidegate
