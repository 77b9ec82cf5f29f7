// SPDX-License-Identifier: Apache-2.0
//
// What is said of reloads: the answer of one, a remark of the status.
#include <nlohmann/json.hpp>
#include <string>

#include "host/app/cli/numbers.hpp"
#include "host/app/cli/status_text.hpp"

namespace tidegate::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const Json& object, const char* name) {
  return object.at(name).get<std::string>();
}

double number(const Json& object, const char* name) { return object.at(name).get<double>(); }

std::string swapped(const Json& one) {
  std::string line = text(one, "plugin") + " " + text(one, "version") + " instead of " +
                     text(one, "version_before") + ", in " +
                     readable_seconds(number(one, "duration_seconds"));
  if (const double probation = number(one, "probation_seconds"); probation > 0)
    line += "; on probation for " + readable_seconds(probation);
  if (one.at("old_generations_left").get<std::uint64_t>() > 0)
    line += "; a call of the old version still runs";
  return line;
}

}  // namespace

std::string reload_text(const Json& answer) {
  std::string lines;
  for (const auto& one : answer.at("pipelines")) {
    lines += text(one, "pipeline") + ": ";
    lines += one.at("result") == "swapped" ? swapped(one) : text(one, "result");
    if (one.at("result") == "unchanged")
      lines += ", " + text(one, "plugin") + " " + text(one, "version");
    lines += "\n";
  }
  return lines;
}

std::string plugin_remark(const Json& plugin) {
  std::string remark;
  if (const Json& last = plugin.at("last_reload"); last.is_object())
    remark = readable_seconds(number(last, "seconds_ago")) + " ago: " + text(last, "what");
  const Json& probation = plugin.at("probation");
  if (probation.is_object()) {
    remark += "; on probation for " + readable_seconds(number(probation, "seconds_left")) + ", " +
              grouped(probation.at("failures").get<std::uint64_t>()) + " of " +
              grouped(probation.at("calls").get<std::uint64_t>()) + " calls failed";
  }
  return remark;
}

}  // namespace tidegate::cli
