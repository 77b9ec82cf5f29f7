// SPDX-License-Identifier: Apache-2.0
#include "host/app/cli/summary.hpp"

#include <array>
#include <utility>

#include "host/app/cli/numbers.hpp"
#include "host/base/log.hpp"

namespace tidegate::cli {
namespace {

std::string entry(const char* name, std::uint64_t count) {
  constexpr std::size_t kNameWidth = 15;
  constexpr std::size_t kCountWidth = 13;
  std::string text = "  " + std::string(name);
  text.resize(2 + kNameWidth, ' ');
  const std::string number = grouped(count);
  text.append(number.size() < kCountWidth ? kCountWidth - number.size() : 0, ' ');
  return text + number + "\n";
}

std::string verdict(const Ledger& ledger) {
  if (ledger.adds_up()) return "  adds up\n";
  const std::int64_t difference = ledger.difference();
  if (difference > 0)
    return "  does NOT add up: " + grouped(difference) + " consumed, not accounted for\n";
  return "  does NOT add up: " + grouped(-difference) + " accounted for, never consumed\n";
}

std::string block(const Ledger& ledger) {
  std::string text =
      "pipeline " + ledger.pipeline + ": " + std::string(metrics::name(ledger.state));
  if (!ledger.failure.empty()) text += " (" + ledger.failure + ")";
  text += "\n" + entry("consumed", ledger.consumed);
  const std::array<std::pair<const char*, std::uint64_t>, 7> entries = {{
      {"ok", ledger.ok},
      {"retried", ledger.retried},
      {"dead-lettered", ledger.dead_lettered},
      {"dropped", ledger.dropped},
      {"lost", ledger.lost},
      {"given back", ledger.given_back},
      {"in flight", ledger.in_flight},
  }};
  for (const auto& [name, count] : entries) text += entry(name, count);
  return text + verdict(ledger);
}

}  // namespace

std::string summary_text(const std::vector<Ledger>& ledgers) {
  std::string text;
  for (const Ledger& ledger : ledgers) text += block(ledger);
  return text;
}

void log_summary(const std::vector<Ledger>& ledgers) {
  for (const Ledger& ledger : ledgers) {
    log::write(ledger.adds_up() ? log::Level::info : log::Level::error, "summary",
               ledger.adds_up() ? "what became of the messages: it adds up"
                                : "what became of the messages: it does NOT add up",
               {{"pipeline", ledger.pipeline},
                {"state", metrics::name(ledger.state)},
                {"consumed", ledger.consumed},
                {"ok", ledger.ok},
                {"retried", ledger.retried},
                {"dead_lettered", ledger.dead_lettered},
                {"dropped", ledger.dropped},
                {"lost", ledger.lost},
                {"given_back", ledger.given_back},
                {"in_flight", ledger.in_flight},
                {"adds_up", ledger.adds_up()},
                {"difference", ledger.difference()}});
  }
}

}  // namespace tidegate::cli
