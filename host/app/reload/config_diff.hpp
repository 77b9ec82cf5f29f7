// SPDX-License-Identifier: Apache-2.0
//
// Which keys of two configurations say something else. Names only: values may be secrets. Thread
// rule: pure, [any].
#pragma once

#include <string>
#include <vector>

#include "host/base/config/model.hpp"

namespace tidegate {

// Keys that a running host cannot change, as the file names them: all but those of
// pipelines.*.plugin, which are swapped in. In the order of the running configuration, then what is
// new.
[[nodiscard]] std::vector<std::string> keys_that_need_a_restart(const config::Host& running,
                                                                const config::Host& wanted);

}  // namespace tidegate
