// SPDX-License-Identifier: Apache-2.0
#include "host/handle/swap/file_watch.hpp"

#include <sys/stat.h>

#include <utility>

namespace tidegate {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return time.tv_sec * kSecond + time.tv_nsec;
}

}  // namespace

void FileWatch::follow(std::filesystem::path path) {
  if (path == path_) return;
  path_ = std::move(path);
  seen_.reset();
  told_.reset();
}

std::optional<FileWatch::Facts> FileWatch::facts() const {
  struct stat file {};
  if (::stat(path_.c_str(), &file) != 0) return std::nullopt;
  return Facts{file.st_dev, file.st_ino, file.st_size, nanoseconds(file.st_mtim),
               nanoseconds(file.st_ctim)};
}

bool FileWatch::look(MonotonicTime now) {
  if (now < next_look_) return false;
  next_look_ = now + kBetweenLooks;
  const std::optional<Facts> found = facts();
  const bool settled = found && found == seen_;
  seen_ = found;
  if (!settled || found == told_) return false;
  told_ = found;
  return true;
}

}  // namespace tidegate
