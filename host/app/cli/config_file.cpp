// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/config_file.hpp"

#include <algorithm>
#include <array>
#include <system_error>

namespace tidegate::cli {
namespace {

constexpr std::array<const char*, 2> kDefaultFiles = {"tidegate.toml",
                                                      "/etc/tidegate/tidegate.toml"};

std::string counted(std::ptrdiff_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace

std::filesystem::path choose_config_file(const std::string& named) {
  if (!named.empty()) return named;
  for (const char* file : kDefaultFiles) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return file;
  }
  throw NoConfiguration(
      "no configuration: there is neither ./tidegate.toml nor /etc/tidegate/tidegate.toml; "
      "name one with -c FILE, or try `tidegate demo`");
}

config::Finding finding_of(const config::LoadResult& loaded, std::size_t pipeline,
                           RefusedReason reason, std::string text) {
  const auto& places = reason == RefusedReason::no_user ? loaded.user_places : loaded.plugin_places;
  config::Finding finding = places.at(pipeline);
  finding.message = std::move(text);
  return finding;
}

void print_findings(std::ostream& out, std::span<const config::Finding> findings) {
  for (const config::Finding& finding : findings) {
    const std::string text = config::render(finding);
    out << text << (text.empty() || text.back() != '\n' ? "\n" : "");
  }
  const auto errors = std::count_if(
      findings.begin(), findings.end(),
      [](const config::Finding& finding) { return finding.severity == config::Severity::error; });
  const auto warnings = static_cast<std::ptrdiff_t>(findings.size()) - errors;
  if (!findings.empty())
    out << counted(errors, "error") << ", " << counted(warnings, "warning") << "\n";
}

}  // namespace tidegate::cli
