// SPDX-License-Identifier: Apache-2.0
//
// What becomes of a message whose attempt failed. In this version there is no retry and no dead
// letter, so every failure ends as `drop`, logged and counted; the routes of DESIGN §5 are added
// here. Thread rule: [poll], one router per consumer.
#pragma once

#include <string>
#include <string_view>

#include "host/base/log_limit.hpp"
#include "host/base/outcome.hpp"
#include "host/base/types.hpp"
#include "host/route/failure.hpp"

namespace tidegate {

// Where a message was read.
struct Place {
  std::string_view topic;
  Partition partition;
  Offset offset;
};

class Router {
 public:
  explicit Router(std::string pipeline);
  // Decides the outcome of one failed attempt and logs it once, with place, kind and reason.
  [[nodiscard]] Outcome route(const Place& place, const Failure& failure);

 private:
  std::string pipeline_;
  log::RateLimit limit_;
};

}  // namespace tidegate
