// SPDX-License-Identifier: Apache-2.0
//
// The admin HTTP server: what monitoring, orchestration and operators ask this host, on a TCP
// address or on the control socket. What is answered is in routes.hpp.
// Thread rule: constructed and destroyed on [main]. It owns its threads, all named "admin"; they
// call the service, several at a time perhaps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "host/app/admin/routes.hpp"

namespace tidegate {

class ControlSocket;

class AdminServer {
 public:
  // Binds and serves from here on. listen: "host:port" of admin.listen; port 0 takes any free one.
  // The service is called on the server's threads [any] until the destructor has returned; it must
  // not block for long (a reload does, and keeps one of four threads meanwhile). Throws
  // std::runtime_error naming the address, the reason and the cure when the address cannot be
  // bound.
  AdminServer(const std::string& listen, AdminService service);
  // Serves on the control socket, whose listening end it takes.
  AdminServer(ControlSocket& socket, AdminService service);
  // Stops taking connections, lets answers under way end, joins. A connection over which nothing
  // comes is given up after a second, four at a time.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // [any] The address that is bound: "127.0.0.1:9464", "[::1]:9464", or the socket's path.
  [[nodiscard]] const std::string& address() const;
  // [any] The port that is bound, also where 0 was configured; 0 on the control socket.
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidegate
