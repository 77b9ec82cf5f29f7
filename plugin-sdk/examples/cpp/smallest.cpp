// SPDX-License-Identifier: Apache-2.0
#include <tidegate/plugin.hpp>

// true: done. false or an exception: this attempt has failed, and the pipeline's policy decides.
bool handle(const tidegate::Message& message) { return message.value() != "bad"; }

TIDEGATE_PLUGIN(handle, "smallest", "1.0.0")
