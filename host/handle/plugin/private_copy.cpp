// SPDX-License-Identifier: Apache-2.0
#include "host/handle/plugin/private_copy.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/base/descriptor.hpp"
#include "host/handle/plugin/file_trust.hpp"
#include "host/handle/plugin/plugin_refused.hpp"

namespace tidegate {
namespace {

// Nobody else walks through <state_dir>/plugins. Behind it a child of another user, which was
// handed a descriptor of the copy's folder (lent_copy.hpp), opens the copy, and nothing else.
constexpr mode_t kOwnerOnly = 0700;
constexpr mode_t kSearch = 0711;
constexpr mode_t kReadAndLoad = 0555;
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30U;

std::string reason_of(int error) { return std::generic_category().message(error); }

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  std::string text;
  for (const unsigned char byte : digest) {
    std::array<char, 3> pair{};
    std::snprintf(pair.data(), pair.size(), "%02x", byte);
    text += pair.data();
  }
  return text;
}

// All bytes from a descriptor; empty with errno set when reading fails or it is too large.
std::optional<std::string> read_all(int descriptor, std::uint64_t expected_size) {
  std::string bytes;
  bytes.resize(expected_size + 1);  // one more, to see the end without growing
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t got = ::read(descriptor, bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > kMaxFileBytes) {
      errno = EFBIG;
      return std::nullopt;
    }
  }
  bytes.resize(used);
  return bytes;
}

// True when the copy is there and is what its path says.
bool is_stored(const std::filesystem::path& copy, const std::string& sha256) {
  const Descriptor stored(::open(copy.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat facts {};
  if (stored.get() < 0 || ::fstat(stored.get(), &facts) != 0 ||
      facts.st_mode != (S_IFREG | kReadAndLoad))
    return false;
  const auto bytes = read_all(stored.get(), static_cast<std::uint64_t>(facts.st_size));
  return bytes && sha256_of(*bytes) == sha256;
}

// A folder that nobody else can change; makes it, or corrects its mode. Empty: done; else the
// reason.
std::string make_folder(const std::filesystem::path& folder, mode_t mode) {
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return reason_of(errno);
  struct stat facts {};
  if (::lstat(folder.c_str(), &facts) != 0) return reason_of(errno);
  if (!S_ISDIR(facts.st_mode)) return "it is not a directory";
  if (facts.st_uid != ::geteuid()) return "it belongs to another user";
  if ((facts.st_mode & 07777U) != mode && ::chmod(folder.c_str(), mode) != 0) {
    return reason_of(errno);
  }
  return {};
}

bool is_noexec(const std::filesystem::path& folder) {
  struct statvfs facts {};
  return ::statvfs(folder.c_str(), &facts) == 0 && (facts.f_flag & ST_NOEXEC) != 0;
}

// Writes beside the copy and renames, so that the path never shows half a file. Empty: done.
std::string write_copy(const std::filesystem::path& copy, std::string_view bytes) {
  std::string temporary = copy.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return reason_of(errno);
  if (write_all(file.get(), bytes) && ::fchmod(file.get(), kReadAndLoad) == 0 &&
      ::rename(temporary.c_str(), copy.c_str()) == 0) {
    return {};
  }
  std::string reason = reason_of(errno);
  ::unlink(temporary.c_str());
  return reason;
}

}  // namespace

PluginFile read_plugin_file(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& what) {
    throw PluginRefused(
        path, RefusedReason::not_found, what,
        "check plugin.path (a relative one starts at host.plugin_dir) and the file's "
        "permissions");
  };
  // O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) refuse("cannot be opened: " + reason_of(errno));
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) refuse("cannot be read: " + reason_of(errno));
  if (!S_ISREG(facts.st_mode)) refuse("is not a regular file");
  auto bytes = read_all(file.get(), static_cast<std::uint64_t>(facts.st_size));
  if (!bytes) refuse("cannot be read: " + reason_of(errno));
  PluginFile result{std::move(*bytes), {}, distrust_file(path, file.get())};
  result.sha256 = sha256_of(result.bytes);
  return result;
}

std::filesystem::path store_private_copy(const std::filesystem::path& path, const PluginFile& file,
                                         const std::string& name,
                                         const std::filesystem::path& state_dir) {
  const auto refuse = [&](const std::filesystem::path& place, const std::string& reason) {
    throw PluginRefused(
        path, RefusedReason::copy_failed,
        "its private copy cannot be written at " + place.string() + ": " + reason,
        "set host.state_dir to a directory that this user can write and run code from");
  };
  std::error_code error;
  std::filesystem::create_directories(state_dir, error);
  if (error) refuse(state_dir, error.message());
  const std::filesystem::path plugins = state_dir / "plugins";
  const std::filesystem::path folder = plugins / file.sha256;
  for (const auto& [each, mode] : {std::pair(plugins, kOwnerOnly), {folder, kSearch}}) {
    if (const std::string reason = make_folder(each, mode); !reason.empty()) refuse(each, reason);
  }
  if (is_noexec(folder)) refuse(folder, "no code may be run from that file system (noexec)");
  std::filesystem::path copy = folder / (name + ".so");
  if (is_stored(copy, file.sha256)) return copy;
  if (const std::string reason = write_copy(copy, file.bytes); !reason.empty())
    refuse(copy, reason);
  return copy;
}

}  // namespace tidegate
