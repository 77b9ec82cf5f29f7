// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/properties.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "host/base/check.hpp"
#include "host/base/kafka/handles.hpp"

namespace tidegate::kafka {
namespace {

constexpr std::size_t kErrorBytes = 1024;
using ErrorText = std::array<char, kErrorBytes>;

// Owned ones and their cures. Sorted as an operator would look for them.
constexpr auto kHostOwned = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"bootstrap.servers", "use bootstrap_servers of the cluster"},
    {"metadata.broker.list", "use bootstrap_servers of the cluster"},
    {"group.id", "use group_id of the pipeline"},
    {"enable.auto.commit", "the host commits what is finished; use commit.mode of the pipeline"},
    {"auto.commit.enable", "the host commits what is finished; use commit.mode of the pipeline"},
    {"auto.commit.interval.ms", "use commit.interval of the pipeline"},
    {"enable.auto.offset.store", "the host commits what is finished; remove it"},
    {"offset.store.method", "positions are kept in the group; remove it"},
    {"offset.store.path", "positions are kept in the group; remove it"},
    {"offset.store.sync.interval.ms", "use commit.interval of the pipeline"},
    {"auto.offset.reset", "the host resolves start positions; use start_offset of the pipeline"},
    {"enable.partition.eof", "the host needs it to know when it has caught up; remove it"},
    {"transactional.id", "it follows from group, instance and consumer; remove it"},
    {"message.timeout.ms",
     "the client tries for ever, so that no copy is written twice; use dead_letter.on_failure of "
     "the pipeline"},
    {"delivery.timeout.ms",
     "the client tries for ever, so that no copy is written twice; use dead_letter.on_failure of "
     "the pipeline"},
    {"delivery.report.only.error",
     "a message is finished when its copy is reported as written; remove it"},
    {"statistics.interval.ms", "lag and rates are at /metrics of the host; remove it"},
    {"enabled_events", "the host decides which events it takes; remove it"},
    {"log.queue", "the host takes librdkafka's log itself; use [log]"},
    {"internal.termination.signal", "signals belong to the host; remove it"},
});

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::string shown_properties() {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const stream = open_memstream(&text, &size);
  if (stream == nullptr) throw std::runtime_error("no memory to list librdkafka's properties");
  rd_kafka_conf_properties_show(stream);
  std::fclose(stream);
  std::string result(text, size);
  std::free(text);  // NOLINT: open_memstream allocates with malloc
  return result;
}

// The cells of "name | C/P | range | default | importance | description"; the last one may hold
// bars.
std::vector<std::string> cells(std::string_view line) {
  constexpr std::size_t kColumns = 6;
  std::vector<std::string> result;
  while (result.size() + 1 < kColumns) {
    const std::size_t bar = line.find(" | ");
    if (bar == std::string_view::npos) return {};
    result.push_back(trimmed(line.substr(0, bar)));
    line.remove_prefix(bar + 3);
  }
  result.push_back(trimmed(line));
  return result;
}

std::string alias_in(const std::string& description) {
  constexpr std::string_view kPrefix = "Alias for `";
  const std::size_t begin = description.find(kPrefix);
  if (begin == std::string::npos) return {};
  const std::size_t name = begin + kPrefix.size();
  return description.substr(name, description.find('`', name) - name);
}

Property property_of(const std::vector<std::string>& row) {
  Property result;
  result.name = row[0];
  if (row[1] == "C") result.kind = ClientKind::consumer;
  if (row[1] == "P") result.kind = ClientKind::producer;
  result.fallback = row[3];
  result.alias_of = alias_in(row[5]);
  result.has_text = row[5].find("see dedicated API") == std::string::npos;
  return result;
}

bool set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value,
         ErrorText& error) {
  return rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) ==
         RD_KAFKA_CONF_OK;
}

}  // namespace

PropertyTable::PropertyTable() {
  const std::string shown = shown_properties();
  std::string_view rest = shown;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::vector<std::string> row = cells(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (row.empty() || (row[1] != "*" && row[1] != "C" && row[1] != "P")) continue;
    // A topic property of the same name comes second; the client's counts.
    properties_.emplace(row[0], property_of(row));
  }
  if (find("group.id") == nullptr || find("acks") == nullptr) {
    throw std::runtime_error("rd_kafka_conf_properties_show() no longer has the form that is read");
  }
}

const Property* PropertyTable::find(std::string_view name) const {
  const auto at = properties_.find(name);
  return at == properties_.end() ? nullptr : &at->second;
}

std::vector<std::string_view> PropertyTable::names() const {
  std::vector<std::string_view> result;
  result.reserve(properties_.size());
  for (const auto& [name, property] : properties_) result.emplace_back(name);
  return result;
}

std::string_view host_owned(std::string_view name) {
  for (const auto& [owned, cure] : kHostOwned) {
    if (owned == name) return cure;
  }
  return {};
}

std::optional<std::string> refused_value(const std::string& name, const std::string& value) {
  // Setting this one would already load the libraries.
  if (name == "plugin.library.paths") return std::nullopt;
  const Conf conf(rd_kafka_conf_new());
  ErrorText error{};
  if (set(conf.get(), name, value, error)) return std::nullopt;
  return std::string(error.data());
}

std::optional<std::string> refused_together(ClientKind kind, const Properties& properties) {
  TIDEGATE_CHECK(kind != ClientKind::any, "a client consumes or produces");
  Conf conf(rd_kafka_conf_new());
  ErrorText error{};
  for (const auto& [name, value] : properties) {
    if (name == "bootstrap.servers" || name == "plugin.library.paths") continue;
    if (!set(conf.get(), name, value, error)) return std::string(error.data());
  }
  rd_kafka_conf_set_log_cb(conf.get(), nullptr);  // what it has to say comes back as the error
  const rd_kafka_type_t type = kind == ClientKind::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  rd_kafka_t* const client = rd_kafka_new(type, conf.get(), error.data(), error.size());
  if (client == nullptr) return std::string(error.data());
  conf.release();  // NOLINT(bugprone-unused-return-value): rd_kafka_new took it
  const Client closed_at_once(client);
  return std::nullopt;
}

}  // namespace tidegate::kafka
