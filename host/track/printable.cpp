// SPDX-License-Identifier: Apache-2.0
#include "host/track/printable.hpp"

#include <cstdint>

namespace tidegate {
namespace {

constexpr std::uint32_t kIdeographs = 0x3400;
constexpr std::uint32_t kSyllables = 0xAC00;
constexpr std::uint32_t kIdeographCount = 0xA000 - kIdeographs;
constexpr std::uint32_t kValues = 1U << kBitsPerCharacter;

void append(std::string& text, std::uint32_t value) {
  const std::uint32_t point =
      value < kIdeographCount ? kIdeographs + value : kSyllables + (value - kIdeographCount);
  text += static_cast<char>(0xE0U | point >> 12U);
  text += static_cast<char>(0x80U | (point >> 6U & 0x3FU));
  text += static_cast<char>(0x80U | (point & 0x3FU));
}

// kValues where the three bytes are no character of ours.
std::uint32_t value_of(std::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>(character[i]));
  };
  if (byte(0) >> 4U != 0xEU || byte(1) >> 6U != 2 || byte(2) >> 6U != 2) return kValues;
  const std::uint32_t point = (byte(0) & 0xFU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
  if (point >= kIdeographs && point < kIdeographs + kIdeographCount) return point - kIdeographs;
  if (point < kSyllables || point - kSyllables >= kValues - kIdeographCount) return kValues;
  return point - kSyllables + kIdeographCount;
}

}  // namespace

std::string to_printable(std::string_view bytes) {
  std::string text;
  text.reserve(characters_for_bytes(bytes.size()) * kBytesPerCharacter);
  std::uint32_t bits = 0;
  std::size_t count = 0;
  for (const char byte : bytes) {
    bits = bits << 8U | static_cast<std::uint8_t>(byte);
    count += 8;
    if (count < kBitsPerCharacter) continue;
    count -= kBitsPerCharacter;
    append(text, bits >> count & (kValues - 1));
  }
  if (count > 0) append(text, bits << (kBitsPerCharacter - count) & (kValues - 1));
  return text;
}

std::optional<std::string> from_printable(std::string_view text) {
  if (text.size() % kBytesPerCharacter != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(bytes_in_characters(text.size() / kBytesPerCharacter));
  std::uint32_t bits = 0;
  std::size_t count = 0;
  for (; !text.empty(); text.remove_prefix(kBytesPerCharacter)) {
    const std::uint32_t value = value_of(text.substr(0, kBytesPerCharacter));
    if (value == kValues) return std::nullopt;
    bits = bits << kBitsPerCharacter | value;
    for (count += kBitsPerCharacter; count >= 8; count -= 8)
      bytes += static_cast<char>(bits >> (count - 8) & 0xFFU);
  }
  return bytes;
}

}  // namespace tidegate
