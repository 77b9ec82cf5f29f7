// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/control_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/app/admin/socket_name.hpp"
#include "host/app/scratch_dir.hpp"

namespace tidegate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
namespace fs = std::filesystem;

bool connects(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

class ControlSocketTest : public ::testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "control.sock"; }
  const ScratchDir folder_;
};

TEST_F(ControlSocketTest, IsOpenToItsOwnerOnlyAndGoneAfterwards) {
  {
    const ControlSocket socket(folder_.path());
    EXPECT_EQ(socket.path(), file());
    struct stat facts {};
    ASSERT_EQ(::lstat(file().c_str(), &facts), 0);
    EXPECT_TRUE(S_ISSOCK(facts.st_mode));
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  }
  EXPECT_FALSE(fs::exists(file()));
}

TEST_F(ControlSocketTest, OfASecondHostIsRefusedWithFolderProcessAndCure) {
  const ControlSocket first(folder_.path());
  EXPECT_THAT([&] { ControlSocket second(folder_.path()); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(folder_.path().string()), HasSubstr("another host"),
                        HasSubstr("process " + std::to_string(::getpid())),
                        HasSubstr("host.state_dir of its own"))));
  EXPECT_TRUE(fs::exists(file())) << "the first one goes on";
}

TEST_F(ControlSocketTest, ReplacesThatOfADeadHost) {
  // A socket file whose owner is gone, and a lock file that nobody holds.
  const int left = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  file().native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(left);
  std::ofstream(folder_.path() / "host.lock") << "1\n";
  ControlSocket socket(folder_.path());
  const int listening = socket.release_listening();
  EXPECT_TRUE(connects(file().string())) << "the new one listens";
  ::close(listening);
}

TEST_F(ControlSocketTest, LeavesAloneWhatIsNoSocket) {
  std::ofstream(file()) << "precious";
  EXPECT_THAT(
      [&] { ControlSocket socket(folder_.path()); },
      ThrowsMessage<std::runtime_error>(AllOf(HasSubstr(file().string()), HasSubstr("remove it"))));
  EXPECT_TRUE(fs::exists(file()));
}

TEST_F(ControlSocketTest, TheFolderIsFreeAgainAfterARefusal) {
  std::ofstream(file()) << "in the way";
  EXPECT_THROW(ControlSocket(folder_.path()), std::runtime_error);
  fs::remove(file());
  EXPECT_NO_THROW(ControlSocket(folder_.path()));
}

TEST_F(ControlSocketTest, APathThatIsLongerThanAnAddressServesAsWell) {
  const fs::path deep = folder_.path() / std::string(100, 'd') / std::string(100, 'e');
  fs::create_directories(deep);
  {
    const ControlSocket socket(deep);
    EXPECT_TRUE(fs::is_socket(deep / "control.sock"));
    EXPECT_EQ(fs::status(deep / "control.sock").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    const SocketName name(deep / "control.sock");
    EXPECT_LT(name.text().size(), 40U);
    EXPECT_TRUE(connects(name.text()));
  }
  EXPECT_FALSE(fs::exists(deep / "control.sock"));
}

}  // namespace
}  // namespace tidegate
