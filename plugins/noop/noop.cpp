// SPDX-License-Identifier: Apache-2.0
//
// Answers ok and touches nothing: what is measured with it is the host.
#include <tidegate/plugin.hpp>

namespace {
bool handle(const tidegate::Message& /*message*/) { return true; }
}  // namespace

TIDEGATE_PLUGIN(handle, "noop", "0.1.0")
