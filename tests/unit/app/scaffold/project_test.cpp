// SPDX-License-Identifier: Apache-2.0
#include "host/app/scaffold/project.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "host/app/scratch_dir.hpp"

namespace tidegate::scaffold {
namespace {

namespace fs = std::filesystem;

constexpr Language kLanguages[] = {Language::c, Language::cpp, Language::rust};

const ProjectFile* find(const Project& project, std::string_view path) {
  const auto found = std::find_if(project.files.begin(), project.files.end(),
                                  [path](const ProjectFile& file) { return file.path == path; });
  return found == project.files.end() ? nullptr : &*found;
}

std::string text_of(const Project& project, std::string_view path) {
  const ProjectFile* const file = find(project, path);
  EXPECT_NE(file, nullptr) << path;
  return file == nullptr ? "" : file->text;
}

bool is_sdk(const ProjectFile& file) { return file.path.starts_with("sdk/"); }

TEST(Project, BearsItsNameAndNoPlaceholder) {
  for (const Language language : kLanguages) {
    for (const ProjectFile& file : make_project("late-orders", language).files) {
      if (is_sdk(file)) continue;
      for (const char* word : {"my-plugin", "my_plugin", "BUILD_STEPS", "PLUGIN_FILE",
                               "SOURCE_FILE", "LANGUAGE_TITLE"})
        EXPECT_EQ(file.text.find(word), std::string::npos) << file.path << ": " << word;
    }
  }
}

TEST(Project, NamesItsMetricsByAnIdentifier) {
  EXPECT_NE(text_of(make_project("late-orders", Language::cpp), "plugin.cpp")
                .find("\"late_orders_value_bytes\""),
            std::string::npos);
}

TEST(Project, TakesNoLicenceFromTheTemplates) {
  for (const Language language : kLanguages) {
    for (const ProjectFile& file : make_project("orders", language).files) {
      EXPECT_EQ(file.text.find("SPDX-License-Identifier") != std::string::npos, is_sdk(file))
          << file.path;
      EXPECT_FALSE(file.text.starts_with("//\n") || file.text.starts_with("#\n")) << file.path;
    }
  }
}

TEST(Project, HasWhatItsLanguageNeedsAndNoMore) {
  const Project c = make_project("orders", Language::c);
  EXPECT_NE(find(c, "sdk/include/tidegate/plugin.h"), nullptr);
  EXPECT_NE(find(c, "sdk/cmake/plugin.map"), nullptr);
  EXPECT_EQ(find(c, "sdk/include/tidegate/plugin.hpp"), nullptr);
  const Project cpp = make_project("orders", Language::cpp);
  EXPECT_NE(find(cpp, "sdk/include/tidegate/detail/trampolines.hpp"), nullptr);
  const Project rust = make_project("orders", Language::rust);
  EXPECT_NE(find(rust, "sdk/tidegate-plugin/src/lib.rs"), nullptr);
  EXPECT_EQ(find(rust, "sdk/include/tidegate/plugin.h"), nullptr);
  EXPECT_NE(find(rust, ".gitignore"), nullptr);
}

TEST(Project, SaysHowItIsBuiltAndWhatComesOut) {
  const Project rust = make_project("late-orders", Language::rust);
  EXPECT_EQ(rust.plugin, "target/release/liblate_orders.so");
  const std::string readme = text_of(rust, "README.md");
  EXPECT_NE(readme.find("    cargo build --release\n    cargo test\n"), std::string::npos);
  EXPECT_NE(text_of(rust, "tidegate.toml").find("path = \"" + rust.plugin + "\""),
            std::string::npos);
}

TEST(Project, IsWrittenWhole) {
  const ScratchDir scratch;
  const Project project = make_project("orders", Language::cpp);
  EXPECT_EQ(write_project(scratch.path() / "orders", project), Written::yes);
  for (const ProjectFile& file : project.files) {
    std::ifstream stream(scratch.path() / "orders" / file.path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), file.text) << file.path;
  }
}

TEST(Project, TouchesNothingThatIsThere) {
  const ScratchDir scratch;
  const Project project = make_project("orders", Language::c);
  fs::create_directory(scratch.path() / "folder");
  std::ofstream(scratch.path() / "file") << "mine";
  fs::create_symlink("nowhere", scratch.path() / "link");
  for (const char* name : {"folder", "file", "link"})
    EXPECT_EQ(write_project(scratch.path() / name, project), Written::exists) << name;
  EXPECT_TRUE(fs::is_empty(scratch.path() / "folder"));
  EXPECT_EQ(fs::file_size(scratch.path() / "file"), 4U);
  EXPECT_FALSE(fs::exists(scratch.path() / "nowhere"));
}

TEST(Project, LeavesNothingWhereItCannotBeWritten) {
  const ScratchDir scratch;
  Project project = make_project("orders", Language::c);
  project.files.push_back({"plugin.c/below-a-file", ""});
  EXPECT_THROW((void)write_project(scratch.path() / "orders", project), fs::filesystem_error);
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

}  // namespace
}  // namespace tidegate::scaffold
