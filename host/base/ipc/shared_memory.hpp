// SPDX-License-Identifier: Apache-2.0
//
// Memory that two processes share: an anonymous file (memfd) whose size is sealed, so that neither
// side can shrink it beneath the other (which would be a SIGBUS there). It takes real memory only
// where it was touched. Thread rule: as an ordinary value; what is inside has its own rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "host/base/descriptor.hpp"

namespace tidegate::ipc {

class SharedMemory {
 public:
  // Zero bytes everywhere. name: for /proc. Throws std::system_error.
  static SharedMemory create(const std::string& name, std::size_t size_bytes);
  // Maps what another process made. Throws std::system_error.
  static SharedMemory attach(Descriptor descriptor);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&&) = delete;
  ~SharedMemory();

  [[nodiscard]] char* data() const { return data_; }
  // To be passed on to the other process.
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  // Gives the memory of [offset, offset + size) back to the system; it reads as zero then.
  void forget(std::size_t offset, std::size_t size) const noexcept;

 private:
  SharedMemory(Descriptor descriptor, std::size_t size);

  Descriptor descriptor_;
  std::size_t size_ = 0;
  char* data_ = nullptr;
};

}  // namespace tidegate::ipc
