// SPDX-License-Identifier: Apache-2.0
#include "host/route/replay_headers.hpp"

#include <string>

#include "host/route/message_headers.hpp"

namespace tidegate {
namespace {

// Written anew, or void with the new first attempt.
bool is_replaced(std::string_view name) {
  return name == header::kAttempt || name == header::kNotBefore || name == header::kGroup ||
         name == header::kReplays;
}

}  // namespace

Headers replay_headers(const kafka::HeldMessage& letter, ReplayTo to, std::string_view group,
                       std::uint32_t replays) {
  constexpr std::size_t kOwn = 13;
  Headers headers(rd_kafka_headers_new(kOwn));
  const bool readable = header::for_each(letter, [&](const header::Header& one) {
    if (!is_own_header(one.name)) header::add(*headers, one.name, one.value);
  });
  if (!readable) return nullptr;
  if (to == ReplayTo::retry) {
    for (const auto& [name, value] : header::own(letter))
      if (!is_replaced(name)) header::add(*headers, name, value);
    header::add(*headers, header::kAttempt, "0");
  }
  header::add(*headers, header::kGroup, group);
  header::add(*headers, header::kReplays, std::to_string(replays));
  return headers;
}

}  // namespace tidegate
