// SPDX-License-Identifier: Apache-2.0
//
// Who could have written a file that this process is about to run code of, or could replace it.
// Thread rule: [any]; asks the system's tables of users and groups.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>

namespace tidegate {

// Why others than root and this process's user could change a file or folder; empty: they could
// not. Its group may write where it is its owner's own group (same name, nobody else in it), as on
// systems where everybody has one and a umask of 002; others may in a folder with the sticky bit
// set, for they cannot replace what is not theirs there.
[[nodiscard]] std::string distrust(const struct stat& facts);

// The same of an open file and of the folders that it can be replaced in: the one of the path and,
// where that is a link, the one of the file. Names the one at fault.
[[nodiscard]] std::string distrust_file(const std::filesystem::path& path, int descriptor);

// The same of a folder by its path; what is not there is not distrusted.
[[nodiscard]] std::string distrust_folder(const std::filesystem::path& folder);

}  // namespace tidegate
