// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/app/cli/numbers.hpp"
#include "host/app/dlq/replay.hpp"
#include "host/app/dlq/text.hpp"

namespace tidegate::dlq {
namespace {

using cli::grouped;

bool is_dry(const ReplayOptions& options) { return options.write == ReplayOptions::Write::dry_run; }

void print_json(std::ostream& out, const ReplayReport& report, const ReplayOptions& options) {
  nlohmann::ordered_json written = nlohmann::ordered_json::array();
  for (const auto& [where, count] : report.replayed)
    written.push_back(
        {{"to", where.first}, {"kind", printable(where.second)}, {"messages", count}});
  const nlohmann::ordered_json object = {{"topic", report.topic},
                                         {"group", report.group},
                                         {"dry_run", is_dry(options)},
                                         {"stopped", report.stopped},
                                         {"messages", report.total()},
                                         {"acknowledged", report.safe},
                                         {"written", std::move(written)},
                                         {"filtered", report.filtered},
                                         {"looping", report.looping},
                                         {"unreadable", report.unreadable},
                                         {"other_groups", report.other_groups}};
  out << object.dump() << "\n";
}

}  // namespace

std::uint64_t ReplayReport::total() const {
  std::uint64_t sum = 0;
  for (const auto& one : replayed) sum += one.second;
  return sum;
}

void print(std::ostream& out, const ReplayReport& report, const ReplayOptions& options,
           Format format) {
  if (format == Format::json) return print_json(out, report, options);
  if (!report.exists) {
    out << report.topic << ": no such topic, so no dead letters\n";
    return;
  }
  out << report.topic << ": " << (is_dry(options) ? "would replay " : "replayed ")
      << grouped(report.total()) << "\n";
  if (!is_dry(options) && report.safe < report.total())
    out << "  of these " << grouped(report.safe) << " are known to be written\n";
  std::vector<std::vector<std::string>> rows = {{"  TO", "KIND", "MESSAGES"}};
  for (const auto& [where, count] : report.replayed)
    rows.push_back({"  " + where.first, printable(where.second), grouped(count)});
  if (rows.size() > 1) out << table(rows);
  const std::array<std::pair<const char*, std::uint64_t>, 4> stayed = {
      {{"left out by the filters", report.filtered},
       {"replayed too often already", report.looping},
       {"without readable headers", report.unreadable},
       {"of other groups", report.other_groups}}};
  for (const auto& [why, count] : stayed) {
    if (count > 0) out << "  " << why << ": " << grouped(count) << "\n";
  }
  if (report.stopped) out << "  stopped before the end; the same command goes on there\n";
}

}  // namespace tidegate::dlq
