// SPDX-License-Identifier: Apache-2.0
//
// The Unix socket in a host's state folder, through which `tidegate status` and its like talk to
// the host (DESIGN §9). The file's mode, 0600, is the permission. One host owns a state folder: a
// lock that ends with its process says so, whatever files a killed host has left. Thread rule:
// [main].
#pragma once

#include <filesystem>

namespace tidegate {

// Where the socket of that state folder is.
[[nodiscard]] std::filesystem::path control_socket_path(const std::filesystem::path& state_dir);

class ControlSocket {
 public:
  // Takes the folder and listens there; connections wait until somebody accepts them. What a dead
  // host left is replaced. REQUIRES: the folder exists. Throws std::runtime_error that names the
  // folder, the reason and the cure, such as another host that lives there.
  explicit ControlSocket(const std::filesystem::path& state_dir);
  // Removes the socket and lets the folder go.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // The listening socket; the caller closes it from now on. At most once.
  [[nodiscard]] int release_listening();

 private:
  void lock(const std::filesystem::path& state_dir);
  void listen(const std::filesystem::path& state_dir);
  void close_all();

  const std::filesystem::path path_;
  int lock_ = -1;
  int listening_ = -1;
};

}  // namespace tidegate
