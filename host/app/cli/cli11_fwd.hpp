// SPDX-License-Identifier: Apache-2.0
//
// CLI11 by name only. Its header takes seconds to compile, so only files that say what a command
// line may hold include it.
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}
