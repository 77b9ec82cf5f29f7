// SPDX-License-Identifier: Apache-2.0
//
// A new plugin project, for people who have this binary and nothing else of Tidegate: the template
// of a language with the plugin's name in it, and a copy of the SDK, so that it builds alone.
// Thread rule: pure, but for write_project; [main].
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::scaffold {

enum class Language : std::uint8_t { c, cpp, rust };

struct ProjectFile {
  std::string path;  // below the project
  std::string text;
};

struct Project {
  std::vector<ProjectFile> files;
  std::vector<std::string> build_steps;  // commands that build and test it, in its folder
  std::string source;                    // the file with the handler
  std::string plugin;                    // what is built, below the project
};

// Why a project cannot have this name, for people; empty: it can. The name becomes one of a folder,
// of build targets, of a Cargo package, of a pipeline and of metrics.
[[nodiscard]] std::optional<std::string> problem_with_name(std::string_view name,
                                                           Language language);

// REQUIRES: the name has no problem.
[[nodiscard]] Project make_project(const std::string& name, Language language);

enum class Written : std::uint8_t { yes, exists };

// Makes the folder with all files. `exists`: something of that name is there, and nothing was
// touched. Throws std::filesystem::filesystem_error where it cannot be written; then nothing is
// left of it.
[[nodiscard]] Written write_project(const std::filesystem::path& folder, const Project& project);

}  // namespace tidegate::scaffold
