// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/server.hpp"

#include <cerrno>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include <httplib.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/app/admin/control_socket.hpp"
#include "host/app/admin/listen_address.hpp"
#include "host/app/admin/routes.hpp"
#include "host/base/log.hpp"
#include "host/base/thread_name.hpp"

namespace tidegate {
namespace {

// A scraper, two probes and a person at once. One connection keeps a thread for one request only.
constexpr std::size_t kThreads = 4;
constexpr std::chrono::seconds kSocketTimeout{1};
constexpr std::size_t kMaxPayloadBytes = 1024;  // nothing here reads a body

// Stops in a way of its own: httplib's stop() does nothing when the loop has not begun yet.
class Listener : public httplib::Server {
 public:
  // Takes the listening socket away; accept() and waiting connections then end. The caller closes
  // it when the loop has ended, not before: the loop may be about to use it. -1: there is none.
  int take_listening_socket() {
    const int socket = svr_sock_.exchange(INVALID_SOCKET);
    if (socket >= 0) ::shutdown(socket, SHUT_RDWR);
    return socket;
  }
  // Takes connections from this listening socket, which it owns from now on.
  void adopt(int listening) { svr_sock_ = listening; }
  // When the loop has closed it.
  void forget_listening_socket() { svr_sock_ = INVALID_SOCKET; }
};

// httplib sets SO_REUSEPORT instead, with which a second host would share the port silently.
void set_listening_options(socket_t listening) {
  const int yes = 1;
  ::setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

std::string cure_of(int bind_error) {
  switch (bind_error) {
    case EADDRINUSE: return "another process listens there: stop it, or choose another port";
    case EACCES: return "ports below 1024 need a privilege: choose a higher one";
    case EADDRNOTAVAIL:
      return "this machine has no such address: choose one of its own, such as 127.0.0.1";
    default: return "choose another address";
  }
}

[[noreturn]] void refuse(const ListenAddress& address, const std::string& reason,
                         const std::string& cure) {
  throw std::runtime_error("admin.listen: cannot bind " + to_string(address) + ": " + reason +
                           "; " + cure);
}

void check_resolves(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), nullptr, &hints, &found);
  if (error != 0)
    refuse(address, gai_strerror(error),
           "write an address or a name that this machine can resolve");
  ::freeaddrinfo(found);
}

// Returns the port that is bound.
std::uint16_t bind(httplib::Server& server, const ListenAddress& address) {
  check_resolves(address);
  errno = 0;
  const int port = address.port == 0 ? server.bind_to_any_port(address.host)
                   : server.bind_to_port(address.host, address.port) ? int{address.port}
                                                                     : -1;
  const int bind_error = errno;
  if (port < 0) refuse(address, std::generic_category().message(bind_error), cure_of(bind_error));
  return static_cast<std::uint16_t>(port);
}

std::string what(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "not a std::exception";
  }
}

void write(const AdminAnswer& answer, httplib::Response& response) {
  response.status = answer.status;
  if (!answer.allow.empty()) response.set_header("Allow", answer.allow);
  response.set_content(answer.body, answer.content_type);
}

}  // namespace

struct AdminServer::Parts {
  Listener server;
  AdminService service;
  std::string address;
  std::uint16_t port = 0;
  std::jthread thread;

  void configure();
  void serve();
  ~Parts() {
    const int listening = server.take_listening_socket();
    if (thread.joinable()) thread.join();
    if (listening >= 0) ::close(listening);
  }
};

void AdminServer::Parts::configure() {
  server.set_socket_options(set_listening_options);
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kSocketTimeout.count());
  server.set_read_timeout(kSocketTimeout);
  server.set_write_timeout(kSocketTimeout);
  server.set_payload_max_length(kMaxPayloadBytes);
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // httplib deletes it
  // Before routing: here a body has not been read yet, and it never will be.
  server.set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        write(answer_admin(request.method, request.path, service), response);
        return httplib::Server::HandlerResponse::Handled;
      });
  server.set_exception_handler([](const httplib::Request& request, httplib::Response& response,
                                  const std::exception_ptr& thrown) {
    log::error("admin_request_failed", "an admin request ended in an exception",
               {{"path", request.path}, {"error", what(thrown)}});
    write({500, "text/plain; charset=utf-8", "internal error; the host's log says more\n", ""},
          response);
  });
}

void AdminServer::Parts::serve() {
  // httplib's pool is made on this thread, and threads inherit the name.
  set_thread_name("admin");
  if (server.listen_after_bind()) return;
  // httplib has closed the socket; it does that only when the system refuses to accept.
  server.forget_listening_socket();
  log::error("admin_stopped",
             "the admin server cannot take connections any more; restart the host to get it back",
             {{"address", address}, {"error", std::generic_category().message(errno)}});
}

AdminServer::AdminServer(const std::string& listen, AdminService service)
    : parts_(std::make_unique<Parts>()) {
  auto wanted = parse_listen_address(listen);
  parts_->service = std::move(service);
  parts_->configure();
  parts_->port = bind(parts_->server, wanted);
  wanted.port = parts_->port;
  parts_->address = to_string(wanted);
  parts_->thread = std::jthread([parts = parts_.get()] { parts->serve(); });
}

AdminServer::AdminServer(ControlSocket& socket, AdminService service)
    : parts_(std::make_unique<Parts>()) {
  parts_->service = std::move(service);
  parts_->configure();
  parts_->server.adopt(socket.release_listening());
  parts_->address = socket.path().string();
  parts_->thread = std::jthread([parts = parts_.get()] { parts->serve(); });
}

AdminServer::~AdminServer() = default;

const std::string& AdminServer::address() const { return parts_->address; }
std::uint16_t AdminServer::port() const { return parts_->port; }

}  // namespace tidegate
