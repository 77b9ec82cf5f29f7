// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/defaults.hpp"

#include <array>

namespace tidegate::kafka {
namespace {

constexpr auto kMayChange = Owner::operator_may_change;
constexpr auto kHost = Owner::host;

constexpr auto kConsumer = std::to_array<Default>({
    {"fetch.queue.backoff.ms", "1", kMayChange,
     "a full queue otherwise stops fetching for a second, and the handler waits for the broker"},
    {"partition.assignment.strategy", "cooperative-sticky", kMayChange,
     "a rebalance takes only the partitions that move; not set with group.protocol = consumer"},
    {"isolation.level", "read_committed", kMayChange,
     "messages of aborted transactions are not handled"},
    {"socket.keepalive.enable", "true", kMayChange,
     "firewalls forget idle connections without a word"},
    {"log.connection.close", "false", kMayChange,
     "brokers close idle connections all day; that is no news"},
    {"client.id", "tidegate", kMayChange, "shows up in broker logs, quotas and group descriptions"},
    {"enable.auto.commit", "false", kHost, "the host commits, and only what is finished"},
    {"enable.auto.offset.store", "false", kHost, "a message that was fetched is not yet finished"},
    {"auto.offset.reset", "error", kHost,
     "the host resolves every start position itself (start_offset) and reports what was lost"},
    {"enable.partition.eof", "true", kHost, "tells when the end of a partition is reached"},
    {"statistics.interval.ms", "3000", kHost, "tells which brokers are connected"},
});

bool with_new_group_protocol(const Properties& operators) {
  const auto at = operators.find("group.protocol");
  return at != operators.end() && at->second == "consumer";
}

std::string joined(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& part : parts) {
    if (!result.empty()) result += ',';
    result += part;
  }
  return result;
}

void append_row(std::string& text, const Default& row, const PropertyTable& table) {
  const Property* const known = table.find(row.name);
  text += "  ";
  text.append(row.name).append(" = ").append(row.value);
  const std::string theirs = known == nullptr ? "" : known->fallback;
  if (theirs != row.value) {
    text += "   (librdkafka: " + (theirs.empty() ? std::string("unset") : theirs) + ')';
  }
  text += "\n      ";
  text.append(row.why) += '\n';
  if (row.owner == Owner::host) {
    text += "      not settable: ";
    text.append(host_owned(row.name)) += '\n';
  }
}

}  // namespace

std::span<const Default> consumer_defaults() { return kConsumer; }

Properties consumer_properties(const std::vector<std::string>& bootstrap_servers,
                               const std::string& group_id, const Properties& operators,
                               std::uint32_t consumer_index) {
  Properties result = operators;
  for (const Default& row : kConsumer) {
    // With the new group protocol the broker assigns, and librdkafka refuses a strategy.
    if (row.name == "partition.assignment.strategy" && with_new_group_protocol(operators)) continue;
    if (row.owner == Owner::host) {
      result.insert_or_assign(std::string(row.name), std::string(row.value));
    } else {
      result.emplace(row.name, row.value);
    }
  }
  result.insert_or_assign("bootstrap.servers", joined(bootstrap_servers));
  result.insert_or_assign("group.id", group_id);
  const auto instance = result.find("group.instance.id");
  if (instance != result.end() && !instance->second.empty()) {
    instance->second += '-' + std::to_string(consumer_index);
  }
  return result;
}

std::string explain_defaults() {
  const PropertyTable table;
  std::string text = "Consumer properties that Tidegate sets. Yours win:\n";
  for (const Default& row : kConsumer) {
    if (row.owner == Owner::operator_may_change) append_row(text, row, table);
  }
  text += "\nThose that belong to the host:\n";
  for (const Default& row : kConsumer) {
    if (row.owner == Owner::host) append_row(text, row, table);
  }
  text += "\ngroup.instance.id, where you set it, gets the suffix -<number of the consumer>.\n";
  return text;
}

}  // namespace tidegate::kafka
