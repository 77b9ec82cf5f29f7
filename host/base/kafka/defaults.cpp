// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/defaults.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tidegate::kafka {
namespace {

constexpr auto kMayChange = Owner::operator_may_change;
constexpr auto kHost = Owner::host;

constexpr std::uint64_t kKiB = 1024;
// Bounds of queue.buffering.max.kbytes: a queue that still lets batches form, and librdkafka's own.
constexpr std::uint64_t kLeastQueueKiB = 1024;
constexpr std::uint64_t kMostQueueKiB = 2'147'483'647;
// librdkafka's default of receive.message.max.bytes.
constexpr std::uint64_t kLargestResponse = 100'000'000;

constexpr auto kConsumer = std::to_array<Default>({
    {"fetch.queue.backoff.ms", "1", kMayChange,
     "a full queue otherwise stops fetching for a second, and the handler waits for the broker"},
    {"queued.max.messages.kbytes", "1024", kMayChange,
     "of each partition, which has a queue of its own: more is not fetched ahead of what is "
     "handled"},
    {"fetch.message.max.bytes", "1048576", kMayChange,
     "of each partition and fetch, on top of that queue; less than the batches of producers (up to "
     "1 MiB) would bring parts of them, which are thrown away; a larger message comes through"},
    {"fetch.max.bytes", "52428800", kMayChange,
     "librdkafka's own, which it would cut to that queue: one partition a fetch, the others wait"},
    {"fetch.wait.max.ms", "50", kMayChange,
     "a partition whose queue was full is not in the fetch that waits for the others' messages"},
    {"partition.assignment.strategy", "cooperative-sticky", kMayChange,
     "a rebalance takes only the partitions that move; not set with group.protocol = consumer"},
    {"isolation.level", "read_committed", kMayChange,
     "messages of aborted transactions are not handled"},
    {"check.crcs", "true", kMayChange,
     "what was damaged on a disk or on its way is told, and not handled as if it were whole"},
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

constexpr auto kProducer = std::to_array<Default>({
    {"request.required.acks", "all", kMayChange,
     "also called acks: a source message is finished when every in-sync replica has its copy"},
    {"enable.idempotence", "true", kMayChange,
     "a request that is sent again makes no second copy; false with acks 0 or 1"},
    {"max.in.flight.requests.per.connection", "1", kMayChange,
     "with more, a copy that was refused can be reported as written when a later one is taken"},
    {"message.max.bytes", "1000000000", kMayChange,
     "the broker judges what is too large; librdkafka's limit is below Kafka's own"},
    {"queue.buffering.max.messages", "0", kMayChange,
     "no limit: messages in flight are counted before they come here"},
    {"topic.metadata.refresh.fast.interval.ms", "10", kMayChange,
     "how long the first copy to a topic waits before the client asks where it is"},
    {"retry.backoff.ms", "1", kMayChange,
     "the first wait of a request that failed; it doubles up to retry.backoff.max.ms"},
    {"socket.keepalive.enable", "true", kMayChange,
     "firewalls forget idle connections without a word"},
    {"log.connection.close", "false", kMayChange,
     "brokers close idle connections all day; that is no news"},
    {"client.id", "tidegate", kMayChange, "shows up in broker logs, quotas and group descriptions"},
    {"message.timeout.ms", "0", kHost,
     "the client tries for ever: a copy it gave up may be written, and ours would be a second"},
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

void append_rows(std::string& text, std::span<const Default> rows, std::string_view whose,
                 const PropertyTable& table) {
  text.append(whose).append(" properties that Tidegate sets. Yours win:\n");
  for (const Default& row : rows) {
    if (row.owner == Owner::operator_may_change) append_row(text, row, table);
  }
  text += "\nThose that belong to the host:\n";
  for (const Default& row : rows) {
    if (row.owner == Owner::host) append_row(text, row, table);
  }
}

// librdkafka has judged the value; 0 where there is none.
std::uint64_t number_of(const Properties& properties, std::string_view name) {
  const auto at = properties.find(name);
  std::uint64_t number = 0;
  if (at == properties.end()) return number;
  std::from_chars(at->second.data(), at->second.data() + at->second.size(), number);
  return number;
}

// Ours beneath the operator's, the host's over them.
void apply(const Default& row, Properties& properties) {
  if (row.owner == Owner::host) {
    properties.insert_or_assign(std::string(row.name), std::string(row.value));
  } else {
    properties.emplace(row.name, row.value);
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
    apply(row, result);
  }
  result.insert_or_assign("bootstrap.servers", joined(bootstrap_servers));
  result.insert_or_assign("group.id", group_id);
  const auto instance = result.find("group.instance.id");
  if (instance != result.end() && !instance->second.empty()) {
    instance->second += '-' + std::to_string(consumer_index);
  }
  return result;
}

std::span<const Default> producer_defaults() { return kProducer; }

Properties producer_properties(const std::vector<std::string>& bootstrap_servers,
                               const Properties& operators, std::uint64_t queue_bytes) {
  Properties result = operators;
  if (acks_of(operators) != Acks::all) result.emplace("enable.idempotence", "false");
  for (const Default& row : kProducer) apply(row, result);
  const std::uint64_t kib =
      std::max(queue_bytes / kKiB + (queue_bytes % kKiB == 0 ? 0U : 1U), kLeastQueueKiB);
  result.emplace("queue.buffering.max.kbytes", std::to_string(std::min(kib, kMostQueueKiB)));
  result.insert_or_assign("bootstrap.servers", joined(bootstrap_servers));
  return result;
}

std::uint64_t producer_queue_bytes(std::uint64_t max_in_flight_bytes, const Properties& consumer) {
  // librdkafka raises the limit of a response to the largest of these where they are set.
  return std::max(
      {max_in_flight_bytes, kLargestResponse, number_of(consumer, "receive.message.max.bytes"),
       number_of(consumer, "fetch.max.bytes"), number_of(consumer, "message.max.bytes")});
}

Acks acks_of(const Properties& producer) {
  const auto at = producer.find("request.required.acks");
  if (at == producer.end()) return Acks::all;
  if (at->second == "0") return Acks::none;
  return at->second == "1" ? Acks::leader : Acks::all;
}

std::string explain_defaults() {
  const PropertyTable table;
  std::string text;
  append_rows(text, kConsumer, "Consumer", table);
  text += "\ngroup.instance.id, where you set it, gets the suffix -<number of the consumer>.\n\n";
  append_rows(text, kProducer, "Producer", table);
  text += "\nqueue.buffering.max.kbytes, where you do not set it, follows from ";
  text.append(kQueueBound) += ".\n";
  return text;
}

}  // namespace tidegate::kafka
