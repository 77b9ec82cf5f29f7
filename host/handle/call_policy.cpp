// SPDX-License-Identifier: Apache-2.0
#include "host/handle/call_policy.hpp"

#include <algorithm>

namespace tidegate {

CallPolicy call_policy(const config::Pipeline& pipeline) {
  CallPolicy policy;
  policy.handler_timeout = pipeline.handler_timeout;
  policy.batch_messages = std::max(pipeline.batch.max_messages, 1U);
  const bool once = pipeline.delivery == config::Delivery::at_most_once;
  policy.unanswered = once ? CallPolicy::Unanswered::failed : CallPolicy::Unanswered::attempt_again;
  if (once) policy.waits = CallPolicy::Waits::never;
  else if (pipeline.retry.mode == config::RetryMode::in_place)
    policy.waits = CallPolicy::Waits::on_failure;
  return policy;
}

bool CallPolicy::waits_after(tidegate_status answer) const {
  if (answer == TIDEGATE_OK) return false;
  switch (waits) {
    case Waits::never: return false;
    case Waits::on_pause: return answer == TIDEGATE_PAUSE;
    case Waits::on_failure: break;
  }
  return answer != TIDEGATE_DROP && answer != TIDEGATE_DEAD_LETTER;
}

bool hold_back(Chunk& chunk, std::uint32_t index) {
  const Lane* const lane = chunk.items[index].lane;
  if (lane == nullptr) return false;
  // Messages of a lane stand in a chunk one behind the other. Lanes may be looked at beyond what is
  // claimed: nobody changes them while the chunk is out.
  if (chunk.items.back().lane == lane) return true;
  while (index + 1 < chunk.items.size() && chunk.items[index + 1].lane == lane) {
    const ItemRange next = chunk.claim(1);
    if (next.count == 0) return true;  // taken back meanwhile
    index = next.first;
    chunk.unattempted.push_back(index);
  }
  return false;
}

}  // namespace tidegate
