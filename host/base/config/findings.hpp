// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a configuration and where. Every check adds its findings here and goes on, so
// that one run shows them all (DESIGN §8). Values that came from a variable, and the lines of
// secrets, are never part of a finding. Thread rule: one thread, [main].
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::config {

enum class Severity : std::uint8_t { error, warning };

struct Finding {
  std::string file;          // as it was given; "--set" for an override
  std::uint32_t line = 0;    // from 1; 0: the finding is about the file as a whole
  std::uint32_t column = 0;  // from 1, in characters
  Severity severity = Severity::error;
  std::string path;         // "pipelines.orders.group_id"; may be empty
  std::string message;      // what is wrong and how to cure it
  std::string source_line;  // the line as written, secrets masked; may be empty
};

// `file:line:column: error: path: message`, then the line and a caret under the column.
[[nodiscard]] std::string render(const Finding& finding);
[[nodiscard]] bool has_errors(std::span<const Finding> findings);

// Where something was written: in the file (origin 0), in the n-th override (origin n), or nowhere
// (line 0: a default of ours).
struct Place {
  std::uint32_t origin = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// The texts a configuration is made of, to quote from.
struct Source {
  std::string file;
  std::vector<std::string> lines;
  std::vector<std::string> overrides;  // as given to --set

  // The line a place is in, without secrets; empty where there is none.
  [[nodiscard]] std::string quote(Place place) const;
};

// Collects findings of one configuration.
class Findings {
 public:
  // `source` must outlive the collector.
  explicit Findings(const Source& source) : source_(source) {}

  void error(Place place, std::string path, std::string message);
  // For a name that nobody knows: its line is quoted without the value, which could be a secret.
  void error_in_name(Place place, std::string path, std::string message);
  void warning(Place place, std::string path, std::string message);
  // An error without a message yet, for whoever finds one after the file was read; not collected.
  [[nodiscard]] Finding blank(Place place, std::string path) const;
  [[nodiscard]] bool any_error() const;
  // In the order of the file, each once.
  [[nodiscard]] std::vector<Finding> take();

 private:
  Finding& add(Severity severity, Place place, std::string path, std::string message);
  [[nodiscard]] Finding make(Severity severity, Place place, std::string path,
                             std::string message) const;

  struct Placed {
    Place place;
    Finding finding;
  };
  const Source& source_;
  std::vector<Placed> findings_;
};

// Whether a value under this name is taken for a secret ("sasl.password", "ssl.key.pem", …).
[[nodiscard]] bool is_secret_name(std::string_view name);
// The line with everything after a secret's name masked.
[[nodiscard]] std::string mask_secrets(std::string_view line);
// The line with everything after the first "=" behind the column masked.
[[nodiscard]] std::string mask_value(std::string_view line, std::uint32_t column);

}  // namespace tidegate::config
