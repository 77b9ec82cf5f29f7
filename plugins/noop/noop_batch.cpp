// SPDX-License-Identifier: Apache-2.0
//
// As noop, but for whole batches.
#include <tidegate/plugin.hpp>

namespace {
bool handle(const tidegate::Message& /*message*/) { return true; }
void handle_batch(const tidegate::Batch& /*batch*/, tidegate::Results& results) {
  results.fill(true);
}
}  // namespace

TIDEGATE_PLUGIN_BATCH(handle, handle_batch, "noop_batch", "0.1.0")
