// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/socket_name.hpp"

#include <fcntl.h>
#include <sys/un.h>

namespace tidegate {
namespace {

// Room for the end of the text, as every program but the kernel wants it.
constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

}  // namespace

SocketName::SocketName(const std::filesystem::path& socket) : text_(socket.string()) {
  if (text_.size() <= kLongestPath) return;
  folder_ = Descriptor(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder_) return;
  text_ = "/proc/self/fd/" + std::to_string(folder_.get()) + '/' + socket.filename().string();
}

}  // namespace tidegate
