// SPDX-License-Identifier: Apache-2.0
#include "host/base/ipc/shared_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tidegate::ipc {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

SharedMemory SharedMemory::create(const std::string& name, std::size_t size_bytes) {
  Descriptor descriptor(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor) fail("memfd_create");
  if (::ftruncate(descriptor.get(), static_cast<off_t>(size_bytes)) != 0) fail("ftruncate");
  if (::fcntl(descriptor.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail("F_ADD_SEALS");
  return {std::move(descriptor), size_bytes};
}

SharedMemory SharedMemory::attach(Descriptor descriptor) {
  struct stat facts {};
  if (::fstat(descriptor.get(), &facts) != 0) fail("fstat");
  return {std::move(descriptor), static_cast<std::size_t>(facts.st_size)};
}

SharedMemory::SharedMemory(Descriptor descriptor, std::size_t size)
    : descriptor_(std::move(descriptor)), size_(size) {
  void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
                              descriptor_.get(), 0);
  if (mapped == MAP_FAILED) fail("mmap");
  data_ = static_cast<char*>(mapped);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      size_(std::exchange(other.size_, 0)),
      data_(std::exchange(other.data_, nullptr)) {}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void SharedMemory::forget(std::size_t offset, std::size_t size) const noexcept {
  (void)::fallocate(descriptor_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(offset), static_cast<off_t>(size));
}

}  // namespace tidegate::ipc
