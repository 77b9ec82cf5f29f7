// SPDX-License-Identifier: Apache-2.0
#include "host/app/state_dir.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tidegate {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& state_dir, const std::string& reason,
                         const std::string& cure) {
  throw std::runtime_error("state_dir " + state_dir.string() + ": " + reason + "; " + cure);
}

constexpr const char* kElsewhere = "set host.state_dir to a folder that this user may write to";

// mkdir by itself: std::filesystem gives no mode, and a moment of 0755 would be a moment too long.
void make(const std::filesystem::path& state_dir) {
  std::error_code error;
  if (state_dir.has_parent_path())
    std::filesystem::create_directories(state_dir.parent_path(), error);
  if (error) refuse(state_dir, "its parent cannot be made: " + error.message(), kElsewhere);
  if (::mkdir(state_dir.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    refuse(state_dir, "cannot be made: " + std::generic_category().message(errno), kElsewhere);
  }
}

}  // namespace

void prepare_state_dir(const std::filesystem::path& state_dir) {
  make(state_dir);
  struct stat facts {};
  if (::stat(state_dir.c_str(), &facts) != 0) {
    refuse(state_dir, std::generic_category().message(errno), kElsewhere);
  }
  if (!S_ISDIR(facts.st_mode)) refuse(state_dir, "is not a folder", kElsewhere);
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(state_dir, "others may write to it, and the host runs code from there",
           "chmod 700 it, or set host.state_dir to another folder");
  }
  if (::access(state_dir.c_str(), W_OK | X_OK) != 0) {
    refuse(state_dir, "cannot be written to: " + std::generic_category().message(errno),
           kElsewhere);
  }
}

}  // namespace tidegate
