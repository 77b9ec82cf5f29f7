// SPDX-License-Identifier: Apache-2.0
//
// How a pipeline's slots call its plugin, and which messages wait behind an answer. Thread rule:
// values; hold_back [slot].
#pragma once

#include <tidegate/plugin.h>

#include <cstdint>

#include "host/base/clock.hpp"
#include "host/base/config/model.hpp"
#include "host/handle/chunk.hpp"

namespace tidegate {

struct CallPolicy {
  Duration handler_timeout{};        // shown to the plugin as its deadline; 0: none
  std::uint32_t batch_messages = 1;  // largest handle_batch call
  // Whether what a batch call left unanswered is attempted again one by one; at_most_once must not.
  enum class Unanswered : std::uint8_t { attempt_again, failed };
  Unanswered unanswered = Unanswered::attempt_again;
  // After which answers a message waits where it is, so that nothing behind it in its lane may be
  // attempted before it: none (at_most_once), pause, or whatever may lead to another attempt
  // (retry.mode = "in_place").
  enum class Waits : std::uint8_t { never, on_pause, on_failure };
  Waits waits = Waits::on_pause;

  [[nodiscard]] bool waits_after(tidegate_status answer) const;
};

// As the pipeline's configuration asks for.
[[nodiscard]] CallPolicy call_policy(const config::Pipeline& pipeline);

// Passes over what stands behind a claimed item in its lane; whether that is the rest of the chunk.
// REQUIRES: nothing behind `index` is claimed.
[[nodiscard]] bool hold_back(Chunk& chunk, std::uint32_t index);

}  // namespace tidegate
