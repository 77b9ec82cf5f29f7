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

Finding place_of(const std::string& key, const Draft& draft, const Findings& findings) {
  const Entry* const written = find_path(draft.table, key);
  return findings.blank(written == nullptr ? draft.place : written->value.place,
                        draft.path + '.' + key);
}

// Everything that follows parsing. Each step goes on after findings of the one before.
LoadResult interpret(Table root, const fs::path& directory, const Source& source,
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
  LoadResult result;
  for (Draft& draft : drafts) {
    draft.pipeline.instance = host.instance;
    host.pipelines.push_back(std::move(draft.pipeline));
    result.plugin_places.push_back(place_of("plugin.path", draft, findings));
    result.user_places.push_back(place_of("worker.user", draft, findings));
  }
  result.host = std::move(host);
  return result;
}

// The whole text of a file, or why it cannot be read.
struct FileText {
  std::string text;
  std::vector<Finding> findings;
};

FileText unreadable(const fs::path& file, std::string message) {
  Finding finding;
  finding.file = file.string();
  finding.message = std::move(message);
  return {"", {std::move(finding)}};
}

FileText read_text(const fs::path& file) {
  std::error_code error;
  if (fs::is_directory(file, error)) return unreadable(file, "is a directory; name the file in it");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const std::error_code why(errno, std::generic_category());
    return unreadable(file, "cannot be read: " + why.message());
  }
  return {std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()),
          {}};
}

// The tree without all that does not say where the state is.
Table only_state_dir(const Table& root) {
  const Entry* const host = find(root, "host");
  const Entry* const state_dir = find_path(root, "host.state_dir");
  if (state_dir == nullptr) return {};
  Entry kept{host->name, host->place, host->value};
  kept.value.value = Table{*state_dir};
  return {std::move(kept)};
}

}  // namespace

LoadResult load_text(std::string_view text, const std::string& file, const fs::path& directory,
                     std::span<const std::string> overrides, const Environment& environment) {
  const Source source{file, lines_of(text), {overrides.begin(), overrides.end()}};
  Findings findings(source);
  LoadResult result;
  Parsed parsed = parse_toml(text, 0);
  if (parsed.root) {
    result = interpret(std::move(*parsed.root), directory, source, environment, findings);
  } else {
    findings.error(parsed.error.place, "", parsed.error.what);
  }
  result.findings = findings.take();
  if (has_errors(result.findings)) result.host.reset();
  return result;
}

LoadResult load_file(const fs::path& file, std::span<const std::string> overrides,
                     const Environment& environment) {
  FileText read = read_text(file);
  if (!read.findings.empty()) return {std::nullopt, std::move(read.findings), {}, {}};
  const fs::path directory = fs::absolute(file).parent_path();
  return load_text(read.text, file.string(), directory, overrides, environment);
}

StateDirResult load_state_dir(const fs::path& file, const Environment& environment) {
  FileText read = read_text(file);
  if (!read.findings.empty()) return {std::nullopt, std::move(read.findings)};
  const Source source{file.string(), lines_of(read.text), {}};
  Findings findings(source);
  StateDirResult result;
  const Parsed parsed = parse_toml(read.text, 0);
  if (parsed.root) {
    Table root = only_state_dir(*parsed.root);
    replace_variables(root, "", environment, source, findings);
    check_keys(root, kafka::PropertyTable(), findings);
    result.state_dir = build_host(root, fs::absolute(file).parent_path(), environment).state_dir;
  } else {
    findings.error(parsed.error.place, "", parsed.error.what);
  }
  result.findings = findings.take();
  if (has_errors(result.findings)) result.state_dir.reset();
  return result;
}

}  // namespace tidegate::config
