// SPDX-License-Identifier: Apache-2.0
#include "host/handle/chunk.hpp"

#include <algorithm>

namespace tidegate {
namespace {

constexpr std::uint64_t pack(std::uint32_t next, std::uint32_t end) {
  return (static_cast<std::uint64_t>(next) << 32) | end;
}
constexpr std::uint32_t next_of(std::uint64_t window) {
  return static_cast<std::uint32_t>(window >> 32);
}
constexpr std::uint32_t end_of(std::uint64_t window) { return static_cast<std::uint32_t>(window); }

}  // namespace

ItemRange Chunk::claim(std::uint32_t most) noexcept {
  std::uint64_t window = window_.load(std::memory_order_acquire);
  for (;;) {
    const std::uint32_t first = next_of(window);
    const std::uint32_t count = std::min(most, end_of(window) - first);
    if (count == 0) return {first, 0};
    if (window_.compare_exchange_weak(window, pack(first + count, end_of(window)),
                                      std::memory_order_acq_rel)) {
      return {first, count};
    }
  }
}

ItemRange Chunk::close() noexcept {
  std::uint64_t window = window_.load(std::memory_order_acquire);
  while (!window_.compare_exchange_weak(window, pack(next_of(window), next_of(window)),
                                        std::memory_order_acq_rel)) {
  }
  return {next_of(window), end_of(window) - next_of(window)};
}

}  // namespace tidegate
