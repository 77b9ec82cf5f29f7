// SPDX-License-Identifier: Apache-2.0
//
// Bits in nearly as little room as their probabilities allow: a binary arithmetic coder whose
// estimates learn while it runs. A bit that could be foreseen takes a hundredth of a bit, a coin
// flip takes one.
//
// The code is a number in an interval that every bit narrows, in proportion to its probability.
// Leading bytes on which both ends agree are final and leave. Writer and reader make the same
// estimates from the same bits, so no table travels. Thread rule: none of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate {

// An estimate of how probable 1 is, from the bits seen so far: their frequency at first, later one
// in which old bits fade.
class BitEstimate {
 public:
  // Of 65,536; never 0 nor all of them.
  [[nodiscard]] std::uint32_t of_one() const { return of_one_; }
  void learn(bool bit) {
    constexpr std::uint32_t kFading = 255;
    const std::uint32_t weight = seen_ + 2;
    if (bit) of_one_ += (kAll - of_one_) / weight;
    else of_one_ -= of_one_ / weight;
    if (seen_ < kFading) ++seen_;
  }

 private:
  static constexpr std::uint32_t kAll = 65'535;
  std::uint32_t of_one_ = 32'768;
  std::uint32_t seen_ = 0;
};

// The interval that writer and reader narrow in step.
class CodeInterval {
 public:
  // The last number of the lower part, which stands for 1.
  [[nodiscard]] std::uint32_t split(const BitEstimate& estimate) const {
    return low_ + static_cast<std::uint32_t>(
                      (static_cast<std::uint64_t>(high_ - low_) * estimate.of_one()) >> 16U);
  }
  void narrow(bool bit, std::uint32_t split) {
    if (bit) high_ = split;
    else low_ = split + 1;
  }
  [[nodiscard]] bool leading_byte_is_final() const { return ((low_ ^ high_) >> 24U) == 0; }
  [[nodiscard]] std::uint8_t leading_byte() const { return static_cast<std::uint8_t>(low_ >> 24U); }
  void drop_leading_byte() {
    low_ <<= 8U;
    high_ = high_ << 8U | 0xFFU;
  }

 private:
  std::uint32_t low_ = 0;
  std::uint32_t high_ = 0xFFFF'FFFF;
};

class BitWriter {
 public:
  void put(BitEstimate& estimate, bool bit) {
    interval_.narrow(bit, interval_.split(estimate));
    estimate.learn(bit);
    while (interval_.leading_byte_is_final()) {
      bytes_.push_back(static_cast<char>(interval_.leading_byte()));
      interval_.drop_leading_byte();
    }
  }
  // A place where the code may end.
  struct Mark {
    CodeInterval interval;
    std::size_t final_bytes = 0;
    // How long the code is if it ends there. A reader takes zeros for what is behind the end, so
    // one byte more picks a number inside the interval: its ends differ in their first byte.
    [[nodiscard]] std::size_t size() const { return final_bytes + 1; }
  };
  [[nodiscard]] Mark mark() const { return {interval_, bytes_.size()}; }
  // The code of all bits before the mark.
  [[nodiscard]] std::string code(const Mark& mark) const {
    return bytes_.substr(0, mark.final_bytes) + static_cast<char>(mark.interval.leading_byte() + 1);
  }

 private:
  CodeInterval interval_;
  std::string bytes_;
};

class BitReader {
 public:
  // The code outlives the reader. Of one that no writer made, it reads whatever comes.
  explicit BitReader(std::string_view code) : rest_(code) {
    for (int i = 0; i < 4; ++i) take_byte();
  }
  [[nodiscard]] bool get(BitEstimate& estimate) {
    const std::uint32_t split = interval_.split(estimate);
    const bool bit = number_ <= split;
    interval_.narrow(bit, split);
    estimate.learn(bit);
    while (interval_.leading_byte_is_final()) {
      interval_.drop_leading_byte();
      take_byte();
    }
    return bit;
  }

 private:
  void take_byte() {
    number_ <<= 8U;
    if (rest_.empty()) return;
    number_ |= static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
  }

  CodeInterval interval_;
  std::string_view rest_;
  std::uint32_t number_ = 0;
};

}  // namespace tidegate
