// SPDX-License-Identifier: Apache-2.0
//
// The closing ledger: what became of every message that was consumed, from one snapshot, so that
// invariant 5 (everything adds up) can be checked by whoever reads it. Thread rule: plain values,
// [any].
#pragma once

#include <cstdint>
#include <string>

#include "host/base/metrics/snapshot.hpp"

namespace tidegate {

struct Ledger {
  std::string pipeline;
  metrics::PipelineState state = metrics::PipelineState::starting;
  std::string failure;  // why, when failed
  std::uint64_t consumed = 0;
  std::uint64_t ok = 0;
  std::uint64_t retried = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t lost = 0;
  std::uint64_t given_back = 0;
  std::uint64_t in_flight = 0;

  // What the entries account for.
  [[nodiscard]] std::uint64_t accounted() const;
  // consumed - accounted: 0 where it adds up, above 0 where messages are missing.
  [[nodiscard]] std::int64_t difference() const;
  [[nodiscard]] bool adds_up() const { return difference() == 0; }
};

[[nodiscard]] Ledger ledger_of(const metrics::PipelineSnapshot& snapshot);

}  // namespace tidegate
