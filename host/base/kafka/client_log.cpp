// SPDX-License-Identifier: Apache-2.0
#include "host/base/kafka/client_log.hpp"

#include "host/base/log.hpp"

namespace tidegate::kafka {
namespace {

log::Level level_of(int syslog_level) {
  constexpr int kSyslogError = 3;
  constexpr int kSyslogInfo = 6;
  // A broker that is away is librdkafka's error and our warning: it comes back (STYLE, logs).
  if (syslog_level <= kSyslogError) return log::Level::warn;
  return syslog_level <= kSyslogInfo ? log::Level::info : log::Level::debug;
}

}  // namespace

void write_client_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  log::write(level_of(level), "librdkafka", text,
             {{"facility", facility}, {"client", client != nullptr ? rd_kafka_name(client) : ""}});
}

}  // namespace tidegate::kafka
