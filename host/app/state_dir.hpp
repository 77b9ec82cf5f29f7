// SPDX-License-Identifier: Apache-2.0
//
// The folder that a host keeps for itself: private copies of plugins (code that it will run, so
// nobody else may write there) and later its control socket. Thread rule: [main].
#pragma once

#include <filesystem>

namespace tidegate {

// Makes the folder with mode 0700 where it is missing, parents too. Throws std::runtime_error that
// names the folder, the reason and the cure when it cannot be made, is no folder, cannot be written
// to, or can be written to by others.
void prepare_state_dir(const std::filesystem::path& state_dir);

}  // namespace tidegate
