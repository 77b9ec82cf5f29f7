// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/rights.hpp"

#include <array>
#include <utility>

namespace tidegate::kafka {
namespace {

std::string_view kind_of(Right::On on) {
  switch (on) {
    case Right::On::topic: return "topic";
    case Right::On::group: return "group";
    case Right::On::transactional_id: return "transactional id";
  }
  return "";
}

std::string_view option_of(Right::On on) {
  switch (on) {
    case Right::On::topic: return " --topic ";
    case Right::On::group: return " --group ";
    case Right::On::transactional_id: return " --transactional-id ";
  }
  return "";
}

std::string property_of(rd_kafka_t* client, const char* name) {
  std::array<char, 512> text{};
  std::size_t size = text.size();
  if (rd_kafka_conf_get(rd_kafka_conf(client), name, text.data(), &size) != RD_KAFKA_CONF_OK)
    return {};
  return text.data();  // cut where it is longer; names of Kafka's are not
}

std::string joined(const std::vector<std::string_view>& parts, std::string_view before,
                   std::string_view between) {
  std::string text;
  for (const std::string_view part : parts)
    text.append(text.empty() ? "" : between).append(before).append(part);
  return text;
}

}  // namespace

bool is_denied(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

std::string grant_command(const Right& right) {
  std::string command =
      "kafka-acls.sh --bootstrap-server <broker> --add --allow-principal User:<account> " +
      joined(right.operations, "--operation ", " ");
  command.append(option_of(right.on)).append(right.name);
  if (right.names == Right::Names::all_that_begin_so)
    command += " --resource-pattern-type prefixed";
  return command;
}

std::string cure(const Right& right) {
  std::string text =
      "; the account of this host needs " + joined(right.operations, "", ", ") + " on ";
  text.append(kind_of(right.on)).append(" ").append(right.name);
  if (right.names == Right::Names::all_that_begin_so) text += "*";
  return text + ": " + grant_command(right);
}

std::string cure_of(rd_kafka_t* client, rd_kafka_resp_err_t error, std::string_view topic,
                    const std::vector<std::string_view>& operations) {
  if (error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && !topic.empty())
    return cure({Right::On::topic, std::string(topic), operations});
  if (error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
    const std::string group = property_of(client, "group.id");
    if (!group.empty()) return cure({Right::On::group, group, {"Read"}});
  }
  return {};
}

std::string_view hint_of(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
      return "; look at sasl.mechanisms, sasl.username and sasl.password of the cluster";
    case RD_KAFKA_RESP_ERR__SSL:
      return "; look at ssl.ca.location and security.protocol of the cluster";
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:  // all that is said where a listener hangs up at once
      return "; are they running at these addresses, and is security.protocol that of the "
             "listener?";
    default: return "";
  }
}

}  // namespace tidegate::kafka
