// SPDX-License-Identifier: Apache-2.0
//
// The admin HTTP server: what monitoring and orchestration ask this host. Reads only; nothing that
// changes state is served here.
//   GET /metrics          Prometheus text, from one snapshot
//   GET /-/healthy        200 while the process can answer
//   GET /-/ready          200 when ready, else 503 with one reason per line
//   GET /api/v1/status    JSON
// Anything else: 404 with this list; another method than GET or HEAD: 405.
// Thread rule: constructed and destroyed on [main]. It owns its threads, all named "admin"; they
// call the snapshot function, several at a time perhaps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "host/base/metrics/host_snapshot.hpp"

namespace tidegate {

class AdminServer {
 public:
  // Binds and serves from here on. listen: "host:port" of admin.listen; port 0 takes any free one.
  // snapshot is called on the server's threads [any] until the destructor has returned; it must not
  // block for long. Throws std::runtime_error naming the address, the reason and the cure when the
  // address cannot be bound.
  AdminServer(const std::string& listen, std::function<metrics::HostSnapshot()> snapshot);
  // Stops taking connections, lets answers under way end, joins. A connection over which nothing
  // comes is given up after a second, four at a time.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // [any] The address that is bound: "127.0.0.1:9464", "[::1]:9464".
  [[nodiscard]] const std::string& address() const;
  // [any] The port that is bound, also where 0 was configured.
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate
