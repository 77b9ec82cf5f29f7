// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text, 15 bits per character. Brokers count the characters of commit metadata, not its
// bytes (Kafka 3 and 4: String.length of what they decoded from UTF-8), so each should say as much
// as it can. 32,768 characters that every tool can show and none changes: U+3400 to U+9FFF (CJK
// ideographs) and U+AC00 to U+BFFF (Hangul syllables); one UTF-16 unit, three bytes of UTF-8, no
// normalisation touches them. Thread rule: [any].
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate {

inline constexpr std::size_t kBitsPerCharacter = 15;
inline constexpr std::size_t kBytesPerCharacter = 3;  // of UTF-8

// How many bytes so many characters can carry.
constexpr std::size_t bytes_in_characters(std::size_t characters) {
  return characters * kBitsPerCharacter / 8;
}
// And how many characters so many bytes take.
constexpr std::size_t characters_for_bytes(std::size_t bytes) {
  return (bytes * 8 + kBitsPerCharacter - 1) / kBitsPerCharacter;
}

[[nodiscard]] std::string to_printable(std::string_view bytes);
// The bytes, filled up with zeros to bytes_in_characters(); empty where a character is none of
// ours.
[[nodiscard]] std::optional<std::string> from_printable(std::string_view text);

}  // namespace tidegate
