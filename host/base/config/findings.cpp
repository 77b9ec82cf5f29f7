// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/findings.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <utility>

namespace tidegate::config {
namespace {

constexpr std::size_t kLongestLine = 500;
constexpr std::string_view kMask = "********";
constexpr std::array<std::string_view, 8> kSecretWords = {
    "password", "secret", "token", "key.pem", "jaas", "credential", "passphrase", "api_key"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::size_t first_secret_word(std::string_view text) {
  const std::string small = lower(text);
  std::size_t first = std::string::npos;
  for (const std::string_view word : kSecretWords) first = std::min(first, small.find(word));
  return first;
}

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Blanks up to the column, tabs kept, so that the caret stands below its character.
std::string caret_line(std::string_view line, std::uint32_t column) {
  std::string result;
  std::uint32_t at = 1;
  for (std::size_t i = 0; i < line.size() && at < column; ++i) {
    if (continues_character(line[i])) continue;
    result += line[i] == '\t' ? '\t' : ' ';
    ++at;
  }
  return result + '^';
}

auto order(const Place& p) {
  // The file first, then the overrides; what has no place comes first.
  return std::tuple(p.origin, p.line, p.column);
}

}  // namespace

bool is_secret_name(std::string_view name) { return first_secret_word(name) != std::string::npos; }

std::string mask_secrets(std::string_view line) {
  const std::size_t word = first_secret_word(line);
  if (word == std::string::npos) return std::string(line);
  // A comment, a header or a bare word: nothing after the name that could be the secret.
  const std::size_t equals = line.find('=', word);
  if (equals == std::string::npos) return std::string(line);
  return std::string(line.substr(0, equals + 1)) + ' ' + std::string(kMask);
}

std::string mask_value(std::string_view line, std::uint32_t column) {
  const std::size_t equals = line.find('=', column == 0 ? 0 : column - 1);
  if (equals == std::string_view::npos) return mask_secrets(line);
  return mask_secrets(line.substr(0, equals + 1)) + ' ' + std::string(kMask);
}

std::string render(const Finding& finding) {
  std::string result = finding.file;
  if (finding.line != 0) {
    result += ':' + std::to_string(finding.line) + ':' + std::to_string(finding.column);
  }
  result += finding.severity == Severity::error ? ": error: " : ": warning: ";
  if (!finding.path.empty()) result += finding.path + ": ";
  result += finding.message + '\n';
  // A line of thousands of characters helps nobody.
  if (finding.source_line.empty() || finding.source_line.size() > kLongestLine) return result;
  result += "    " + finding.source_line + '\n';
  if (finding.line != 0) {
    result += "    " + caret_line(finding.source_line, finding.column) + '\n';
  }
  return result;
}

bool has_errors(std::span<const Finding> findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.severity == Severity::error; });
}

std::string Source::quote(Place place) const {
  if (place.origin > 0) {
    return place.origin <= overrides.size() ? mask_secrets(overrides[place.origin - 1]) : "";
  }
  if (place.line == 0 || place.line > lines.size()) return "";
  return mask_secrets(lines[place.line - 1]);
}

void Findings::error(Place place, std::string path, std::string message) {
  add(Severity::error, place, std::move(path), std::move(message));
}

void Findings::error_in_name(Place place, std::string path, std::string message) {
  Finding& finding = add(Severity::error, place, std::move(path), std::move(message));
  finding.source_line = mask_value(finding.source_line, finding.column);
}

void Findings::warning(Place place, std::string path, std::string message) {
  add(Severity::warning, place, std::move(path), std::move(message));
}

Finding Findings::blank(Place place, std::string path) const {
  return make(Severity::error, place, std::move(path), "");
}

Finding& Findings::add(Severity severity, Place place, std::string path, std::string message) {
  return findings_
      .emplace_back(Placed{place, make(severity, place, std::move(path), std::move(message))})
      .finding;
}

Finding Findings::make(Severity severity, Place place, std::string path,
                       std::string message) const {
  Finding finding;
  finding.severity = severity;
  finding.path = std::move(path);
  finding.message = std::move(message);
  finding.source_line = source_.quote(place);
  if (place.origin > 0) {
    finding.file = "--set";
  } else {
    finding.file = source_.file;
    finding.line = place.line;
    finding.column = place.column;
  }
  return finding;
}

bool Findings::any_error() const {
  return std::any_of(findings_.begin(), findings_.end(), [](const Placed& placed) {
    return placed.finding.severity == Severity::error;
  });
}

std::vector<Finding> Findings::take() {
  std::stable_sort(findings_.begin(), findings_.end(), [](const Placed& a, const Placed& b) {
    return order(a.place) < order(b.place);
  });
  std::vector<Finding> result;
  for (Placed& placed : findings_) {
    // What is written once under [defaults] and wrong in every pipeline is one finding.
    const bool known = std::any_of(result.begin(), result.end(), [&](const Finding& f) {
      return f.file == placed.finding.file && f.line == placed.finding.line &&
             f.column == placed.finding.column && f.message == placed.finding.message &&
             (f.line != 0 || f.path == placed.finding.path);
    });
    if (!known) result.push_back(std::move(placed.finding));
  }
  findings_.clear();
  return result;
}

}  // namespace tidegate::config
