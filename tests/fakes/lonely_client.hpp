// SPDX-License-Identifier: Apache-2.0
//
// A consumer that has no brokers: what is asked of it fails. Thread rule: one thread.
#pragma once

#include "host/base/kafka/handles.hpp"

namespace tidegate::fakes {

inline kafka::Client lonely_client() {
  char text[256];
  kafka::Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "group.id", "g", text, sizeof text);
  return kafka::Client(rd_kafka_new(RD_KAFKA_CONSUMER, conf.release(), text, sizeof text));
}

}  // namespace tidegate::fakes
