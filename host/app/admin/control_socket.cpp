// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/control_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "host/app/admin/socket_name.hpp"

namespace tidegate {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr int kWaitingConnections = 16;

[[noreturn]] void refuse(const std::filesystem::path& state_dir, const std::string& reason,
                         const std::string& cure) {
  throw std::runtime_error("state_dir " + state_dir.string() + ": " + reason + "; " + cure);
}

std::string reason_of(int error) { return std::generic_category().message(error); }

// " (process 4711)", or nothing where the file does not tell.
std::string owner_in(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock, text.data(), text.size(), 0);
  if (size <= 0) return "";
  long pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + size, pid);
  return error == std::errc() ? " (process " + std::to_string(pid) + ")" : "";
}

void write_owner(int lock) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  // For the message above only: a host without it works as well.
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) return;
}

// REQUIRES: the folder's lock is ours, so a socket there is a dead host's.
void remove_what_is_left(const std::filesystem::path& path,
                         const std::filesystem::path& state_dir) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return;
  if (!S_ISSOCK(facts.st_mode)) {
    refuse(state_dir, path.string() + " is in the way of the control socket and is none",
           "remove it, or set host.state_dir to another folder");
  }
  ::unlink(path.c_str());
}

}  // namespace

std::filesystem::path control_socket_path(const std::filesystem::path& state_dir) {
  return state_dir / "control.sock";
}

ControlSocket::ControlSocket(const std::filesystem::path& state_dir)
    : path_(control_socket_path(state_dir)) {
  try {
    lock(state_dir);
    listen(state_dir);
  } catch (...) {
    close_all();
    throw;
  }
}

ControlSocket::~ControlSocket() {
  ::unlink(path_.c_str());  // before the lock ends: a host that comes next makes its own
  close_all();
}

void ControlSocket::lock(const std::filesystem::path& state_dir) {
  const std::filesystem::path file = state_dir / "host.lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (lock_ < 0) {
    refuse(state_dir, file.string() + " cannot be opened: " + reason_of(errno),
           "set host.state_dir to a folder of this user's");
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      refuse(state_dir, file.string() + " cannot be locked: " + reason_of(errno),
             "set host.state_dir to a folder on a local disk");
    }
    refuse(state_dir, "another host" + owner_in(lock_) + " runs with it",
           "stop that one, or give this one a host.state_dir of its own");
  }
  write_owner(lock_);
}

void ControlSocket::listen(const std::filesystem::path& state_dir) {
  remove_what_is_left(path_, state_dir);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const SocketName name(path_);
  name.text().copy(address.sun_path, sizeof(address.sun_path) - 1);
  listening_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // The file takes its mode from the socket, so there is no moment in which others may connect.
  const bool listens =
      listening_ >= 0 && ::fchmod(listening_, kOwnerOnly) == 0 &&
      ::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::chmod(path_.c_str(), kOwnerOnly) == 0 && ::listen(listening_, kWaitingConnections) == 0;
  if (!listens) {
    refuse(state_dir, "the control socket cannot be made: " + reason_of(errno),
           "set host.state_dir to a folder on a local disk that this user may write to");
  }
}

void ControlSocket::close_all() {
  if (listening_ >= 0) ::close(std::exchange(listening_, -1));
  if (lock_ >= 0) ::close(std::exchange(lock_, -1));
}

int ControlSocket::release_listening() { return std::exchange(listening_, -1); }

}  // namespace tidegate
