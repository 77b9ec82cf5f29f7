// SPDX-License-Identifier: Apache-2.0
//
// Who wants to know before each handler call which messages it gets: a worker process notes it
// where the host finds it, should the call be its last. Thread rule: [slot].
#pragma once

#include "host/handle/chunk.hpp"

namespace tidegate {

class CallProgress {
 public:
  virtual ~CallProgress() = default;
  // These items are about to be handed to the plugin. Of all items before them the chunk's lists
  // say what became of them.
  virtual void calling(const Chunk& chunk, ItemRange items) noexcept = 0;
};

}  // namespace tidegate
