// SPDX-License-Identifier: Apache-2.0
//
// Files of the plugin SDK that are a part of this binary, so that `tidegate plugin new` needs
// nothing beside it. Their source is written at build time (cmake/EmbedFiles.cmake). Thread rule:
// constants.
#pragma once

#include <span>
#include <string_view>

namespace tidegate {

struct EmbeddedFile {
  std::string_view path;  // below plugin-sdk/
  std::string_view text;
};

// Templates, headers, CMake files, the Rust crate.
[[nodiscard]] std::span<const EmbeddedFile> sdk_files();

}  // namespace tidegate
