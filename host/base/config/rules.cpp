// SPDX-License-Identifier: Apache-2.0
#include "host/base/config/rules.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "host/base/config/check_keys.hpp"
#include "host/base/config/check_value.hpp"
#include "host/base/config/consumer_properties.hpp"
#include "host/base/config/names.hpp"
#include "host/base/config/producer_properties.hpp"
#include "host/base/config/reader.hpp"
#include "host/base/config/suggest.hpp"
#include "host/base/kafka/defaults.hpp"

namespace tidegate::config {
namespace {

const Table* named_tables(const Table& root, std::string_view name) {
  const Entry* const entry = find(root, name);
  return entry == nullptr ? nullptr : entry->value.as<Table>();
}

void check_addresses(const Entry& cluster, const std::string& path, Findings& findings) {
  const Reader reader(*cluster.value.as<Table>(), "clusters.*");
  const Node* const servers = reader.written("bootstrap_servers");
  if (servers == nullptr) return;
  const List& list = *servers->as<List>();
  if (list.empty()) findings.error(servers->place, path, "is empty; name at least one broker");
  for (const Node& item : list) {
    const auto problem = address_problem(*item.as<std::string>(), std::nullopt);
    if (problem) findings.error(item.place, path, shown(item) + ": " + *problem);
  }
}

void check_some(const Table& root, std::string_view what, std::string_view example,
                Findings& findings) {
  const Entry* const entry = find(root, what);
  const Table* const table = entry == nullptr ? nullptr : entry->value.as<Table>();
  if (table != nullptr && !table->empty()) return;
  if (entry != nullptr && table == nullptr) return;  // has a finding: no table
  findings.error(
      entry == nullptr ? Place() : entry->place, std::string(what),
      "there is none; write at least one [" + std::string(what) + "." + std::string(example) + "]");
}

// Remembers the values of a table of properties that are secret or came from a variable.
void hide_values(const Entry* properties, std::vector<std::string>& hidden) {
  const Table* const table = properties == nullptr ? nullptr : properties->value.as<Table>();
  if (table == nullptr) return;
  for (const Entry& entry : *table) {
    const auto* const text = entry.value.as<std::string>();
    if (text == nullptr || text->empty()) continue;
    if (entry.value.from_variable || is_secret_name(entry.name)) hidden.push_back(*text);
  }
}

std::string names_of(const std::vector<Cluster>& clusters) {
  std::string result;
  for (const Cluster& cluster : clusters) {
    result.append(result.empty() ? "" : ", ").append(cluster.name);
  }
  return result;
}

// The cluster of a draft; null after a finding, or where there is none at all.
const Cluster* cluster_of(const Draft& draft, const std::vector<Cluster>& clusters,
                          Findings& findings) {
  const Reader reader(draft.table, "pipelines.*");
  const Node* const written = reader.written("cluster");
  const std::string path = draft.path + ".cluster";
  if (written == nullptr) {
    if (find(draft.table, "cluster") != nullptr || clusters.empty()) return nullptr;
    if (clusters.size() == 1) return &clusters.front();
    findings.error(draft.place, path,
                   "is required where there are several clusters (" + names_of(clusters) + ")");
    return nullptr;
  }
  std::vector<std::string_view> names;
  for (const Cluster& cluster : clusters) {
    if (cluster.name == draft.cluster) return &cluster;
    names.emplace_back(cluster.name);
  }
  if (names.empty()) return nullptr;
  std::string message = "there is no cluster " + shown(*written);
  const std::string_view near = written->from_variable ? "" : nearest(draft.cluster, names);
  if (near.empty()) message += "; there is " + names_of(clusters);
  else message.append("; did you mean \"").append(near).append("\"?");
  findings.error(written->place, path, std::move(message));
  return nullptr;
}

// `section`: "consumer" or "producer", whose table the finding points at.
void report_refusal(std::optional<std::string> refused, const Draft& draft,
                    std::string_view section, Findings& findings) {
  if (!refused) return;
  // librdkafka's words may repeat a value.
  for (const std::string& value : draft.hidden) {
    for (std::size_t at = refused->find(value); at != std::string::npos;
         at = refused->find(value, at + 1)) {
      refused->replace(at, value.size(), "*");
    }
  }
  findings.error(Reader(draft.table, "pipelines.*").place(section, draft.place),
                 join_path(draft.path, section),
                 "librdkafka refuses these properties together: " + *refused);
}

}  // namespace

void check_host_rules(const Table& root, const Host& host, Findings& findings) {
  const Reader reader(root, "");
  if (const Node* const listen = reader.written("admin.listen")) {
    if (const auto problem = address_problem(host.admin_listen, 0)) {
      findings.error(listen->place, "admin.listen", shown(*listen) + ": " + *problem);
    }
  }
  check_required(root, "", "", Place(), findings);
  check_some(root, "clusters", "main", findings);
  check_some(root, "pipelines", "orders", findings);
  const Table* const clusters = named_tables(root, "clusters");
  if (clusters == nullptr) return;
  for (const Entry& entry : *clusters) {
    const Table* const table = entry.value.as<Table>();
    if (table == nullptr) continue;
    const std::string path = join_path("clusters", entry.name);
    check_required(*table, "clusters.*", path, entry.place, findings);
    check_addresses(entry, path + ".bootstrap_servers", findings);
  }
}

void resolve_clusters(const Table& root, const std::vector<Cluster>& clusters,
                      std::vector<Draft>& drafts, Findings& findings) {
  const Table* const tables = named_tables(root, "clusters");
  std::set<std::string> used;
  for (Draft& draft : drafts) {
    const Cluster* const cluster = cluster_of(draft, clusters, findings);
    if (cluster == nullptr) continue;
    used.insert(cluster->name);
    draft.cluster = cluster->name;
    draft.pipeline.cluster = *cluster;
    hide_values(find(draft.table, "consumer"), draft.hidden);
    hide_values(find(draft.table, "producer"), draft.hidden);
    hide_values(find(*find(*tables, cluster->name)->value.as<Table>(), "librdkafka"), draft.hidden);
    for (const auto& [name, value] : cluster->librdkafka) {
      draft.pipeline.consumer.emplace(name, value);  // the pipeline's own wins
      draft.pipeline.producer.emplace(name, value);  // those of one kind were refused there
    }
  }
  if (tables == nullptr || clusters.size() < 2) return;
  for (const Entry& entry : *tables) {
    if (used.count(entry.name) == 0 && entry.value.as<Table>() != nullptr) {
      findings.warning(entry.place, join_path("clusters", entry.name), "no pipeline uses it");
    }
  }
}

void check_groups(const std::vector<Draft>& drafts, Findings& findings) {
  for (auto later = drafts.begin(); later != drafts.end(); ++later) {
    const Reader reader(later->table, "pipelines.*");
    const Node* const group = reader.written("group_id");
    if (group == nullptr || later->pipeline.group_id.empty()) continue;
    const auto first = std::find_if(drafts.begin(), later, [&](const Draft& earlier) {
      return earlier.pipeline.group_id == later->pipeline.group_id &&
             earlier.cluster == later->cluster;
    });
    if (first == later) continue;
    findings.error(group->place, later->path + ".group_id",
                   "group " + shown(*group) + " is also that of " + first->path +
                       "; within one configuration a group id belongs to one pipeline of a "
                       "cluster. Put the topics into one pipeline, or use another group");
  }
}

void check_consumer_as_a_whole(const Draft& draft, Findings& findings) {
  report_refusal(
      kafka::refused_together(kafka::ClientKind::consumer, consumer_properties(draft.pipeline, 0)),
      draft, "consumer", findings);
}

void check_producer_as_a_whole(const Draft& draft, Findings& findings) {
  const bool transactions = draft.pipeline.delivery == Delivery::exactly_once;
  report_refusal(
      kafka::refused_together(kafka::ClientKind::producer,
                              transactions ? transactional_producer_properties(draft.pipeline, "id")
                                           : producer_properties(draft.pipeline)),
      draft, "producer", findings);
}

}  // namespace tidegate::config
