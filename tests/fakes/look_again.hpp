// SPDX-License-Identifier: Apache-2.0
//
// Thread rule: [any].
#pragma once

#include <chrono>
#include <thread>

namespace tidegate::fakes {

// Between two looks at what a test waits for: to look all the time would take the processor from
// it.
inline void look_again() { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }

}  // namespace tidegate::fakes
