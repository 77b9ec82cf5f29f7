// SPDX-License-Identifier: Apache-2.0
#include "host/app/scaffold/project.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "host/app/scaffold/embedded_file.hpp"

namespace tidegate::scaffold {
namespace {

// What the templates are called, as a name and as an identifier.
constexpr std::string_view kName = "my-plugin";
constexpr std::string_view kIdentifier = "my_plugin";

constexpr std::string_view kAnyLanguage = "template/any/";

std::string identifier_of(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string_view folder_of(Language language) {
  switch (language) {
    case Language::c: return "template/c/";
    case Language::cpp: return "template/cpp/";
    case Language::rust: break;
  }
  return "template/rust/";
}

std::string_view title_of(Language language) {
  switch (language) {
    case Language::c: return "C";
    case Language::cpp: return "C++";
    case Language::rust: break;
  }
  return "Rust";
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

// The templates are ours, what is made of them is not: their licence line goes, and an empty line
// of comment behind it.
std::string without_licence(std::string_view text) {
  const auto take_line = [&text] {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    return line;
  };
  if (text.substr(0, text.find('\n')).find("SPDX-License-Identifier") != std::string_view::npos) {
    (void)take_line();
    if (const auto next = text.substr(0, text.find('\n')); next == "//" || next == "#")
      (void)take_line();
  }
  return std::string(text);
}

std::string joined(const std::vector<std::string>& lines, std::string_view indent) {
  std::string text;
  for (const std::string& line : lines)
    text += (text.empty() ? "" : "\n" + std::string(indent)) + line;
  return text;
}

// Where a file of the SDK stands in a project of this language; empty: it does not.
std::string place_of(std::string_view path, Language language) {
  for (const std::string_view folder : {kAnyLanguage, folder_of(language)}) {
    if (!path.starts_with(folder)) continue;
    const std::string_view name = path.substr(folder.size());
    return name == "gitignore" ? ".gitignore" : std::string(name);
  }
  if (language == Language::rust)
    return path.starts_with("rust/") ? "sdk/tidegate-plugin/" + std::string(path.substr(5)) : "";
  const bool cpp_only = path.ends_with(".hpp");
  if (path.starts_with("cmake/") ||
      (path.starts_with("include/") && (language == Language::cpp || !cpp_only)))
    return "sdk/" + std::string(path);
  return {};
}

void describe(Project& project, const std::string& name, Language language) {
  if (language == Language::rust) {
    project.build_steps = {"cargo build --release", "cargo test"};
    project.source = "src/lib.rs";
    project.plugin = "target/release/lib" + identifier_of(name) + ".so";
    return;
  }
  project.build_steps = {"cmake -S . -B build", "cmake --build build",
                         "ctest --test-dir build --output-on-failure"};
  project.source = language == Language::c ? "plugin.c" : "plugin.cpp";
  project.plugin = "build/" + name + ".so";
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw std::filesystem::filesystem_error("cannot write", path,
                                            std::make_error_code(std::errc::io_error));
}

}  // namespace

Project make_project(const std::string& name, Language language) {
  Project project;
  describe(project, name, language);
  for (const EmbeddedFile& file : sdk_files()) {
    std::string place = place_of(file.path, language);
    if (place.empty()) continue;
    std::string text(file.text);
    if (file.path.starts_with("template/")) {
      text = without_licence(text);
      text = replaced(std::move(text), "BUILD_STEPS", joined(project.build_steps, "    "));
      text = replaced(std::move(text), "PLUGIN_FILE", project.plugin);
      text = replaced(std::move(text), "SOURCE_FILE", project.source);
      text = replaced(std::move(text), "LANGUAGE_TITLE", title_of(language));
      text = replaced(std::move(text), kIdentifier, identifier_of(name));
      text = replaced(std::move(text), kName, name);
    }
    project.files.push_back({std::move(place), std::move(text)});
  }
  return project;
}

Written write_project(const std::filesystem::path& folder, const Project& project) {
  std::error_code error;
  if (std::filesystem::symlink_status(folder, error).type() !=
      std::filesystem::file_type::not_found)
    return Written::exists;
  // False: somebody else has made it meanwhile.
  if (!std::filesystem::create_directory(folder)) return Written::exists;
  try {
    for (const ProjectFile& file : project.files) write_file(folder / file.path, file.text);
  } catch (...) {
    std::filesystem::remove_all(folder, error);
    throw;
  }
  return Written::yes;
}

}  // namespace tidegate::scaffold
