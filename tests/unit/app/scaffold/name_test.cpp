// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "host/app/scaffold/project.hpp"

namespace tidegate::scaffold {
namespace {

std::string problem(std::string_view name, Language language = Language::cpp) {
  return problem_with_name(name, language).value_or("");
}

TEST(ProjectName, IsOfLettersDigitsAndTwoSigns) {
  for (const char* name : {"orders", "o", "my-orders_2", "testing"}) EXPECT_EQ(problem(name), "");
}

TEST(ProjectName, LeadsNowhereElse) {
  for (const char* name : {"../orders", "a/b", "/tmp/a", ".", "..", ".hidden", "a b", "-a",
                           "--help", "1a", "Orders", "\xC3\xBC", "a;b", "$HOME", "a\n"})
    EXPECT_NE(problem(name).find("begins with a letter"), std::string::npos) << name;
  EXPECT_EQ(problem(""), "it is empty");
}

TEST(ProjectName, IsNoLongerThanAPluginsMayBe) {
  EXPECT_EQ(problem(std::string(64, 'a')), "");
  EXPECT_NE(problem(std::string(65, 'a')).find("64"), std::string::npos);
}

TEST(ProjectName, IsNoTargetOfCMakes) {
  EXPECT_NE(problem("test").find("CMake"), std::string::npos);
  EXPECT_NE(problem("all", Language::c).find("CMake"), std::string::npos);
  EXPECT_EQ(problem("all", Language::rust), "");
}

TEST(ProjectName, IsNoWordOfRusts) {
  for (const char* name : {"fn", "core", "proc-macro", "test", "tidegate-plugin"})
    EXPECT_NE(problem(name, Language::rust).find("Rust"), std::string::npos) << name;
  EXPECT_EQ(problem("fn"), "");
}

}  // namespace
}  // namespace tidegate::scaffold
