// SPDX-License-Identifier: Apache-2.0
//
// An open file descriptor, closed with its owner. Thread rule: an ordinary value.
#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace tidegate {

class Descriptor {
 public:
  Descriptor() = default;
  // Takes ownership; negative: none.
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
  [[nodiscard]] int get() const noexcept { return number_; }
  void reset() noexcept {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }

 private:
  int number_ = -1;
};

// Writes all of it, blocking as the descriptor does; false with errno set where that fails.
bool write_all(int descriptor, std::string_view bytes);

}  // namespace tidegate
