// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/log_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace tidegate {
namespace {

constexpr std::size_t kMostBytes = 4096;  // of a text

}  // namespace

void LogSocket::write(log::Level level, std::string_view text) const {
  std::string line(1, static_cast<char>(level));
  const std::uint64_t before = left_out_.exchange(0, std::memory_order_relaxed);
  if (before > 0) line += "(" + std::to_string(before) + " lines before this one were left out) ";
  line += text.substr(0, kMostBytes);
  const ssize_t sent = ::send(descriptor_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) left_out_.fetch_add(before + 1, std::memory_order_relaxed);
}

std::optional<LogLine> read_log_line(int descriptor) {
  std::array<char, kMostBytes + 128> room{};
  const ssize_t size = ::recv(descriptor, room.data(), room.size(), MSG_DONTWAIT);
  if (size <= 0) return std::nullopt;
  const auto level = static_cast<std::uint8_t>(room[0]);
  return LogLine{static_cast<log::Level>(
                     std::min<std::uint8_t>(level, static_cast<std::uint8_t>(log::Level::debug))),
                 std::string(room.data() + 1, static_cast<std::size_t>(size) - 1)};
}

}  // namespace tidegate
