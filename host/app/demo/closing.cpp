// SPDX-License-Identifier: Apache-2.0
#include "host/app/demo/closing.hpp"

#include "host/app/cli/numbers.hpp"

namespace tidegate::demo {
namespace {

using cli::grouped;

std::string equation(const Ledger& ledger) {
  return "consumed " + grouped(ledger.consumed) + " = ok " + grouped(ledger.ok) + " + retried " +
         grouped(ledger.retried) + " + dead-lettered " + grouped(ledger.dead_lettered) +
         " + dropped " + grouped(ledger.dropped) + " + in flight " + grouped(ledger.in_flight);
}

// Empty where all is well.
std::string complaint(std::uint64_t produced, const Ledger& ledger, Host::Ending ending) {
  if (ending == Host::Ending::stuck) return "a handler call did not return in time";
  if (ending == Host::Ending::none_runs) return "the pipeline failed: " + ledger.failure;
  if (ending == Host::Ending::stopped) return "stopped before the end of the topic";
  if (ledger.in_flight != 0) return "messages are still in flight after the end";
  if (!ledger.adds_up() || ledger.lost != 0) {
    return "it does NOT add up; the difference is " + grouped(ledger.difference());
  }
  // What was given back, or went to a retry topic, is consumed once more.
  const std::uint64_t seen = ledger.consumed - ledger.given_back - ledger.retried;
  if (seen != produced)
    return "produced " + grouped(produced) + ", but " + grouped(seen) + " were seen";
  return "";
}

}  // namespace

Closing close_books(std::uint64_t produced, const Ledger& ledger, Host::Ending ending) {
  const std::string wrong = complaint(produced, ledger, ending);
  if (!wrong.empty()) return Closing{false, equation(ledger) + "\n" + wrong + "\n"};
  return Closing{true, equation(ledger) + "\nEvery one of the " + grouped(produced) +
                           " messages produced is accounted for: it adds up.\n"};
}

std::string about_dead_letters(const Ledger& ledger, const std::string& topic) {
  if (ledger.dead_lettered == 0) return "";
  return grouped(ledger.dead_lettered) + " of them failed in every attempt and lie in " + topic +
         ".\n";
}

std::string dead_letter_commands(const std::string& program, const std::string& bootstrap_servers,
                                 const std::string& topic) {
  const std::string where = " --bootstrap " + bootstrap_servers + " --topic " + topic;
  const std::string dlq = "  " + program + " dlq ";
  const std::string replay = dlq + "replay" + where + " --timestamp now";
  return dlq + "list" + where + "\n" + dlq + "show" + where + " --limit 2 --payload json\n" +
         replay + " --dry-run\n" + replay + "\n";
}

}  // namespace tidegate::demo
