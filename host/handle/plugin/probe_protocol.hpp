// SPDX-License-Identifier: Apache-2.0
//
// What a probe and its child say to each other: a request of one JSON object, an answer of one JSON
// object a line, written as it goes so that the last one tells where a crash was.
//   {"library", "sha256", "config", "pipeline"}
//   {"stage": "load"}  {"passed": true}  {"refused": {"reason", "problem", "cure"}}
#pragma once

#include <string_view>

namespace tidegate::probe {

inline constexpr std::string_view kStart = "start";
inline constexpr std::string_view kLoad = "load";
inline constexpr std::string_view kCreate = "create";
inline constexpr std::string_view kDestroy = "destroy";

}  // namespace tidegate::probe
