// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/inspect.hpp"

#include <tidegate/plugin.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

#include "host/handle/plugin/identity.hpp"
#include "host/handle/plugin/linking.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "host/handle/plugin/private_copy.hpp"
#include "host/handle/plugin/vet.hpp"

namespace tidegate {
namespace {

struct Description {
  std::filesystem::path file;
  std::string sha256;
  std::uint64_t size_bytes = 0;
  PluginIdentity identity;
  std::string refused;  // why this host does not run it; empty: it does
};

Description examine(const std::filesystem::path& file) {
  Description result;
  const PluginFile content = read_plugin_file(file);
  result.file = file;
  result.sha256 = content.sha256;
  result.size_bytes = content.bytes.size();
  result.identity = read_identity(file, content.bytes);
  try {
    check_file({file, "", "", {}}, content);
    check_content(file, result.identity);
  } catch (const PluginRefused& refused) {
    result.refused = refused.what();
  }
  return result;
}

std::string version_text(std::uint32_t major, std::uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

std::string glibc_text(const PluginIdentity& identity) {
  const GlibcVersions glibc = glibc_versions(identity);
  return (glibc.needed.empty() ? "none needed" : glibc.needed + " or later") + ", here " +
         glibc.here;
}

std::string as_text(const Description& plugin) {
  std::ostringstream out;
  const auto row = [&](std::string_view label, const std::string& value) {
    out << label << std::string(14 - label.size(), ' ') << value << '\n';
  };
  const PluginIdentity& who = plugin.identity;
  const auto joined = [](const auto& items, const auto& text_of) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + text_of(item);
    return text.empty() ? std::string("none") : text;
  };
  row("plugin", who.name + " " + who.version);
  row("file", plugin.file.string());
  row("size", std::to_string(plugin.size_bytes) + " bytes");
  row("sha256", plugin.sha256);
  row("build id", who.elf.build_id.empty() ? "none" : who.elf.build_id);
  row("ABI", version_text(who.abi_major, who.abi_minor) + ", needs a host of " +
                 version_text(who.abi_major, who.needs_minor) + " or later");
  row("compiler", who.compiler);
  row("exports", joined(who.elf.tables, [](const auto& table) { return table.first; }));
  row("libraries", joined(who.elf.needed, [](const auto& library) { return library; }));
  row("versions", joined(highest_versions(who.elf.version_needs),
                         [](const auto& family) { return family.first + " " + family.second; }));
  row("glibc", glibc_text(who));
  if (!who.elf.run_path.empty()) row("run path", who.elf.run_path);
  if (who.elf.text_relocations) row("relocations", "of text");
  if (who.elf.executable_stack) row("stack", "executable");
  row("runs here",
      plugin.refused.empty()
          ? "yes (host ABI " + version_text(TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR) + ")"
          : "no: " + plugin.refused);
  return out.str();
}

std::string as_json(const Description& plugin) {
  const PluginIdentity& who = plugin.identity;
  nlohmann::ordered_json json;
  json["name"] = who.name;
  json["version"] = who.version;
  json["file"] = plugin.file.string();
  json["size_bytes"] = plugin.size_bytes;
  json["sha256"] = plugin.sha256;
  json["build_id"] = who.elf.build_id;
  json["abi"] = version_text(who.abi_major, who.abi_minor);
  json["needs_abi"] = version_text(who.abi_major, who.needs_minor);
  json["host_abi"] = version_text(TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR);
  json["compiler"] = who.compiler;
  json["exports"] = nlohmann::ordered_json::array();
  for (const auto& [table, size] : who.elf.tables) json["exports"].push_back(table);
  json["libraries"] = who.elf.needed;
  json["versions"] = highest_versions(who.elf.version_needs);
  json["glibc_here"] = glibc_versions(who).here;
  json["run_path"] = who.elf.run_path;
  json["text_relocations"] = who.elf.text_relocations;
  json["executable_stack"] = who.elf.executable_stack;
  json["runs_here"] = plugin.refused.empty();
  json["refused"] = plugin.refused;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

PluginDescription describe_plugin(const std::filesystem::path& file, DescriptionFormat format) {
  const Description plugin = examine(file);
  return {format == DescriptionFormat::json ? as_json(plugin) : as_text(plugin),
          plugin.refused.empty()};
}

}  // namespace tidegate
