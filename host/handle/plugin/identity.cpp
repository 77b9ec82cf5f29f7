// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/identity.hpp"

#include <tidegate/plugin.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <optional>

namespace tidegate {
namespace {

constexpr std::size_t kMaxWordBytes = 64;
constexpr const char* kBuildCure =
    "build a plugin with the SDK (plugin-sdk/README.md), or check plugin.path";

// The value of a line "key=value"; empty when there is none.
std::string_view value_of(std::string_view note, std::string_view key) {
  while (!note.empty()) {
    const std::string_view line = note.substr(0, note.find('\n'));
    note.remove_prefix(std::min(note.size(), line.size() + 1));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=') {
      return line.substr(key.size() + 1);
    }
  }
  return {};
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Names become file names, labels and headers.
bool is_word(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '+';
  };
  return !text.empty() && text.size() <= kMaxWordBytes && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), allowed);
}

std::string printable(std::string_view text) {
  std::string clean(text.substr(0, 128));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return clean;
}

std::string abi_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace

PluginIdentity read_identity(const std::filesystem::path& file, std::string_view bytes) {
  PluginIdentity identity;
  try {
    identity.elf = read_elf(bytes);
  } catch (const ElfError& error) {
    throw PluginRefused(file, error.reason(), error.what(), kBuildCure);
  }
  const auto refuse = [&](const std::string& what) {
    throw PluginRefused(file, RefusedReason::no_identity, what, kBuildCure);
  };
  const std::string_view note = identity.elf.identity_note;
  if (note.empty()) refuse("a shared library, but no Tidegate plugin: it has no identity note");
  const std::string_view abi = value_of(note, "abi");
  const std::size_t dot = std::min(abi.find('.'), abi.size());
  const auto major = number(abi.substr(0, dot));
  const auto minor = number(abi.substr(std::min(dot + 1, abi.size())));
  const auto needs = number(value_of(note, "needs"));
  if (!major || !minor || !needs) {
    refuse("its identity note has no ABI version: \"" + printable(note) + "\"");
  }
  identity.abi_major = *major;
  identity.abi_minor = *minor;
  identity.needs_minor = *needs;
  identity.name = value_of(note, "name");
  identity.version = value_of(note, "version");
  if (!is_word(identity.name) || !is_word(identity.version)) {
    refuse("its name \"" + printable(identity.name) + "\" or version \"" +
           printable(identity.version) + "\" is not 1 to 64 letters, digits, '.', '_', '-', '+'");
  }
  identity.compiler = printable(value_of(note, "compiler"));
  return identity;
}

void check_runs_here(const std::filesystem::path& file, const PluginIdentity& identity) {
  const std::string who = identity.name + " " + identity.version;
  const std::string host_abi = abi_text(TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR);
  if (identity.abi_major != TIDEGATE_ABI_MAJOR) {
    throw PluginRefused(file, RefusedReason::abi_mismatch,
                        who + " was built for plugin ABI " +
                            abi_text(identity.abi_major, identity.abi_minor) +
                            ", this host has ABI " + host_abi,
                        "build it with the SDK of ABI major " + std::to_string(TIDEGATE_ABI_MAJOR) +
                            ", or run a host of its major");
  }
  if (identity.needs_minor > TIDEGATE_ABI_MINOR) {
    throw PluginRefused(file, RefusedReason::abi_mismatch,
                        who + " needs a host of plugin ABI " +
                            abi_text(identity.abi_major, identity.needs_minor) +
                            " or later, this host has ABI " + host_abi,
                        "run a newer host, or build it with a lower TIDEGATE_NEEDS_MINOR");
  }
  const auto table = identity.elf.tables.find(TIDEGATE_ENTRY);
  if (table == identity.elf.tables.end()) {
    throw PluginRefused(file, RefusedReason::bad_table,
                        who + " does not export its table, " TIDEGATE_ENTRY,
                        "define it at file scope with default visibility (TIDEGATE_EXPORT)");
  }
  if (table->second < offsetof(tidegate_plugin, handle_batch)) {
    throw PluginRefused(file, RefusedReason::bad_table,
                        who + " exports a table of " + std::to_string(table->second) +
                            " bytes, which ends before handle",
                        "define it as a tidegate_plugin of <tidegate/plugin.h>");
  }
}

}  // namespace tidegate
