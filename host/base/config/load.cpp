// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/load.hpp"

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "host/base/config/build.hpp"
#include "host/base/config/check_keys.hpp"
#include "host/base/config/overrides.hpp"
#include "host/base/config/rules.hpp"
#include "host/base/config/toml.hpp"

namespace tidegate::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    result.emplace_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return result;
}

// Everything that follows parsing. Each step goes on after findings of the one before.
std::optional<Host> interpret(Table root, const fs::path& directory, const Source& source,
                              const Environment& environment, Findings& findings) {
  for (std::uint32_t i = 0; i < source.overrides.size(); ++i) {
    apply_override(root, source.overrides[i], i + 1, findings);
  }
  replace_variables(root, "", environment, source, findings);
  const kafka::PropertyTable known;
  check_keys(root, known, findings);
  Host host = build_host(root, directory, environment);
  check_host_rules(root, host, findings);
  std::vector<Draft> drafts = build_pipelines(root, host.plugin_dir, known);
  resolve_clusters(root, build_clusters(root, known), drafts, findings);
  for (const Draft& draft : drafts) {
    check_pipeline_rules(draft, host, findings);
    check_failure_rules(draft, findings);
  }
  check_groups(drafts, findings);
  // Only of what is right in each part: otherwise librdkafka would say it all once more.
  if (!findings.any_error()) {
    for (const Draft& draft : drafts) {
      check_consumer_as_a_whole(draft, findings);
      check_producer_as_a_whole(draft, findings);
    }
  }
  for (Draft& draft : drafts) host.pipelines.push_back(std::move(draft.pipeline));
  return host;
}

LoadResult failed(const fs::path& file, std::string message) {
  Finding finding;
  finding.file = file.string();
  finding.message = std::move(message);
  return {std::nullopt, {std::move(finding)}};
}

}  // namespace

LoadResult load_text(std::string_view text, const std::string& file, const fs::path& directory,
                     std::span<const std::string> overrides, const Environment& environment) {
  const Source source{file, lines_of(text), {overrides.begin(), overrides.end()}};
  Findings findings(source);
  LoadResult result;
  Parsed parsed = parse_toml(text, 0);
  if (parsed.root) {
    result.host = interpret(std::move(*parsed.root), directory, source, environment, findings);
  } else {
    findings.error(parsed.error.place, "", parsed.error.what);
  }
  result.findings = findings.take();
  if (has_errors(result.findings)) result.host.reset();
  return result;
}

LoadResult load_file(const fs::path& file, std::span<const std::string> overrides,
                     const Environment& environment) {
  std::error_code error;
  if (fs::is_directory(file, error)) return failed(file, "is a directory; name the file in it");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const std::error_code why(errno, std::generic_category());
    return failed(file, "cannot be read: " + why.message());
  }
  const std::string text((std::istreambuf_iterator<char>(stream)),
                         std::istreambuf_iterator<char>());
  const fs::path directory = fs::absolute(file).parent_path();
  return load_text(text, file.string(), directory, overrides, environment);
}

}  // namespace tidegate::config
