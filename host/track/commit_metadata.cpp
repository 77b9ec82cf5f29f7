// SPDX-License-Identifier: Apache-2.0
#include "host/track/commit_metadata.hpp"

#include <array>
#include <cstdint>
#include <limits>

#include "host/track/printable.hpp"
#include "host/track/resume_map.hpp"

namespace tidegate {
namespace {

constexpr std::string_view kName = "tidegate1:";
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kLengthBytes = 3;
constexpr std::size_t kSectionHead = 1 + kLengthBytes;
enum Tag : char { kEnd = 0, kResumeMap = 2 };

// CRC-32C, bit by bit through a table of bytes (RFC 3720, appendix B.4).
class Checksum {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes)
      value_ = kTable[(value_ ^ static_cast<std::uint8_t>(byte)) & 0xFFU] ^ value_ >> 8U;
  }
  void add(std::uint64_t number) { add(bytes_of(number, sizeof number)); }
  [[nodiscard]] std::uint32_t value() const { return ~value_; }

  // Lowest byte first.
  static std::string bytes_of(std::uint64_t number, std::size_t count) {
    std::string bytes;
    for (; count > 0; --count, number >>= 8U) bytes += static_cast<char>(number & 0xFFU);
    return bytes;
  }

 private:
  static constexpr std::array<std::uint32_t, 256> kTable = [] {
    constexpr std::uint32_t kReversed = 0x82F6'3B78;
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      table[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        table[i] = table[i] >> 1U ^ ((table[i] & 1U) != 0 ? kReversed : 0);
    }
    return table;
  }();
  std::uint32_t value_ = ~std::uint32_t{0};
};

std::string checksum_of(const MetadataPlace& place, std::string_view sections) {
  Checksum sum;
  // With their lengths, so that no two places run together into the same bytes.
  for (const std::string_view text : {place.cluster_id, place.group_id, place.topic}) {
    sum.add(text.size());
    sum.add(text);
  }
  sum.add(static_cast<std::uint64_t>(place.partition.value));
  sum.add(static_cast<std::uint64_t>(place.position.value));
  sum.add(sections);
  return Checksum::bytes_of(sum.value(), kChecksumBytes);
}

// The length of the section whose head these bytes begin with.
std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = kLengthBytes; i > 0; --i)
    length = length << 8U | static_cast<std::uint8_t>(bytes[i]);
  return length;
}

}  // namespace

CommitMetadata write_commit_metadata(const MetadataPlace& place, const FinishedRanges& finished,
                                     std::size_t most_characters) {
  constexpr std::size_t kHead = kChecksumBytes + kSectionHead;
  const std::size_t room =
      most_characters > kName.size() ? bytes_in_characters(most_characters - kName.size()) : 0;
  if (finished.empty() || room <= kHead) return {{}, 0, place.position};
  const EncodedMap map = encode_resume_map(place.position, finished, room - kHead);
  if (map.bytes.empty()) return {{}, 0, place.position};
  std::string sections(1, kResumeMap);
  sections += Checksum::bytes_of(map.bytes.size(), kLengthBytes) + map.bytes;
  // As long as a reader will find it: what the last character carries beyond it are zeros.
  const std::size_t characters = characters_for_bytes(kChecksumBytes + sections.size());
  sections.resize(bytes_in_characters(characters) - kChecksumBytes, kEnd);
  const std::string text =
      std::string(kName) + to_printable(checksum_of(place, sections) + sections);
  return {text, kName.size() + characters, map.covered};
}

std::optional<FinishedRanges> read_commit_metadata(const MetadataPlace& place,
                                                   std::string_view text) {
  if (text.empty()) return FinishedRanges{};
  if (text.substr(0, kName.size()) != kName) return std::nullopt;
  const std::optional<std::string> bytes = from_printable(text.substr(kName.size()));
  if (!bytes || bytes->size() < kChecksumBytes) return std::nullopt;
  std::string_view rest(*bytes);
  const std::string_view checksum = rest.substr(0, kChecksumBytes);
  rest.remove_prefix(kChecksumBytes);
  if (checksum != checksum_of(place, rest)) return std::nullopt;
  std::optional<FinishedRanges> finished = FinishedRanges{};
  while (rest.size() >= kSectionHead && rest.front() != kEnd) {
    const char tag = rest.front();
    const std::size_t length = length_at(rest);
    rest.remove_prefix(kSectionHead);
    if (length > rest.size()) return std::nullopt;
    if (tag == kResumeMap) finished = decode_resume_map(place.position, rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return finished;
}

}  // namespace tidegate
