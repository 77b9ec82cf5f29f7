// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "host/app/scaffold/project.hpp"

namespace tidegate::scaffold {
namespace {

constexpr std::size_t kLongest = 64;  // of a plugin's name

// CMake's own targets (cmake-policies(7), CMP0037), and the one of the test.
constexpr std::array<std::string_view, 10> kTargets = {
    "all",  "clean",   "edit_cache",     "help",         "install", "list_install_components",
    "test", "package", "package_source", "rebuild_cache"};

// A library of this name would hide a crate that every program uses, or be no name in Rust: its
// keywords, those that are kept for later too.
constexpr std::array<std::string_view, 57> kRustWords = {
    "abstract", "alloc",    "as",         "async",
    "await",    "become",   "box",        "break",
    "const",    "continue", "core",       "crate",
    "do",       "dyn",      "else",       "enum",
    "extern",   "false",    "final",      "fn",
    "for",      "gen",      "if",         "impl",
    "in",       "let",      "loop",       "macro",
    "match",    "mod",      "move",       "mut",
    "override", "priv",     "proc_macro", "pub",
    "ref",      "return",   "self",       "static",
    "std",      "struct",   "super",      "tidegate_plugin",
    "trait",    "true",     "try",        "type",
    "typeof",   "unsafe",   "unsized",    "use",
    "virtual",  "where",    "while",      "yield",
    "test"};

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_allowed(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

template <class Words>
bool holds(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<std::string> problem_with_name(std::string_view name, Language language) {
  if (name.empty()) return "it is empty";
  if (name.size() > kLongest)
    return "it has " + std::to_string(name.size()) + " characters, and 64 are the limit";
  if (!is_letter(name.front()) || !std::all_of(name.begin(), name.end(), is_allowed))
    return "a name is of a-z, 0-9, '-' and '_', and begins with a letter; its folder is made in "
           "this one";
  if (language != Language::rust)
    return holds(kTargets, name) ? std::optional("CMake has a target of that name") : std::nullopt;
  std::string identifier(name);
  std::replace(identifier.begin(), identifier.end(), '-', '_');
  if (holds(kRustWords, identifier)) return "it is a word of Rust's";
  return std::nullopt;
}

}  // namespace tidegate::scaffold
