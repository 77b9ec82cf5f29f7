// SPDX-License-Identifier: Apache-2.0
// Which Tidegate this is. The values are written into version.cpp by the build.
// Threads: [any].
#pragma once

#include <string_view>

namespace tidegate {

// "0.1.0": the project's version, as a plugin's lowest host version is compared with it.
std::string_view version();

// The git revision the build was made from, with "-dirty" when files had changed; empty outside a
// git tree.
std::string_view revision();

}  // namespace tidegate
