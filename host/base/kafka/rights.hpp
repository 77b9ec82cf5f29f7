// SPDX-License-Identifier: Apache-2.0
//
// What the account of this host may not do, said so that somebody can grant it: brokers only say
// that something was refused, not which right was lacking. docs/security.md lists what a host
// needs. Thread rule: [any].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/kafka/handles.hpp"

namespace tidegate::kafka {

struct Right {
  enum class On : std::uint8_t { topic, group, transactional_id };
  enum class Names : std::uint8_t { this_one, all_that_begin_so };
  On on = On::topic;
  std::string name;
  std::vector<std::string_view> operations;  // as Kafka spells them: "Read"
  Names names = Names::this_one;
};

// Whether brokers say so of an account that lacks a right.
[[nodiscard]] bool is_denied(rd_kafka_resp_err_t error);

// A command to paste, with <broker> and <account> left to fill in.
[[nodiscard]] std::string grant_command(const Right& right);

// "; the account of this host needs Read on topic a: kafka-acls.sh …", to follow an error's text.
[[nodiscard]] std::string cure(const Right& right);

// The cure of an error of this client, which may be about its group; empty where rights are not the
// trouble, or nobody knows what it is about. topic: empty where it is not known; operations: what
// was to be done there.
[[nodiscard]] std::string cure_of(rd_kafka_t* client, rd_kafka_resp_err_t error,
                                  std::string_view topic,
                                  const std::vector<std::string_view>& operations = {"Read"});

// Which properties to look at where brokers do not let this client in, or it does not trust them:
// "; look at …", to follow what the client says; empty for other errors.
[[nodiscard]] std::string_view hint_of(rd_kafka_resp_err_t error);

}  // namespace tidegate::kafka
