// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/listen_address.hpp"

#include <charconv>
#include <stdexcept>

namespace tidegate {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view what) {
  throw std::runtime_error(
      "admin.listen = \"" + std::string(text) + "\": " + std::string(what) +
      "; write \"host:port\", for example \"127.0.0.1:9464\" or \"[::1]:9464\" "
      "(port 0 takes any free one)");
}

}  // namespace

ListenAddress parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) refuse(text, "there is no port");
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);

  ListenAddress address;
  const auto end = digits.data() + digits.size();
  const auto [read_to, error] = std::from_chars(digits.data(), end, address.port);
  if (error != std::errc() || read_to != end)
    refuse(text, "the port is not a number from 0 to 65535");

  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) refuse(text, "an IPv6 address needs brackets");
  // An empty host would mean every interface, which must be written out: "0.0.0.0" or "[::]".
  if (host.empty()) refuse(text, "there is no host");
  address.host = host;
  return address;
}

std::string to_string(const ListenAddress& address) {
  const bool brackets = address.host.find(':') != std::string::npos;
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace tidegate
