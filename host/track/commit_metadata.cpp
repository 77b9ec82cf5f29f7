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
constexpr std::size_t kNumberBytes = 8;
enum Tag : char { kEnd = 0, kCrashCounts = 1, kResumeMap = 2, kTopicId = 3 };

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

// Lowest byte first.
std::uint64_t number_in(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    number = number << 8U | static_cast<std::uint8_t>(bytes[i - 1]);
  return number;
}

// The length of the section whose head these bytes begin with.
std::size_t length_at(std::string_view bytes) { return number_in(bytes.substr(1, kLengthBytes)); }

std::string section(Tag tag, std::string_view content) {
  std::string made(1, tag);
  return made.append(Checksum::bytes_of(content.size(), kLengthBytes)).append(content);
}

// Empty: not known.
std::string bytes_of(TopicId topic) {
  if (!topic.known()) return {};
  const auto number = [](std::int64_t half) {
    return Checksum::bytes_of(static_cast<std::uint64_t>(half), kNumberBytes);
  };
  return number(topic.most_significant) + number(topic.least_significant);
}

TopicId topic_id_in(std::string_view bytes) {
  const auto number = [&](std::size_t at) {
    return static_cast<std::int64_t>(number_in(bytes.substr(at, kNumberBytes)));
  };
  return {number(0), number(kNumberBytes)};
}

// The sections, where the text is ours, of this place, and sound.
std::optional<std::string> sections_of(const MetadataPlace& place, std::string_view text) {
  if (text.substr(0, kName.size()) != kName) return std::nullopt;
  const std::optional<std::string> bytes = from_printable(text.substr(kName.size()));
  if (!bytes || bytes->size() < kChecksumBytes) return std::nullopt;
  std::string rest = bytes->substr(kChecksumBytes);
  if (std::string_view(*bytes).substr(0, kChecksumBytes) != checksum_of(place, rest))
    return std::nullopt;
  return rest;
}

// Calls visit(tag, content) for each; false where one goes beyond the end.
template <class Visit>
bool for_each_section(std::string_view rest, Visit visit) {
  while (rest.size() >= kSectionHead && rest.front() != kEnd) {
    const char tag = rest.front();
    const std::size_t length = length_at(rest);
    rest.remove_prefix(kSectionHead);
    if (length > rest.size()) return false;
    visit(tag, rest.substr(0, length));
    rest.remove_prefix(length);
  }
  return true;
}

}  // namespace

CommitMetadata write_commit_metadata(const MetadataPlace& place, TopicId topic,
                                     std::string_view crash_counts, const FinishedRanges& finished,
                                     std::size_t most_characters) {
  std::size_t room =
      most_characters > kName.size() ? bytes_in_characters(most_characters - kName.size()) : 0;
  if (room <= kChecksumBytes) return {{}, 0, place.position};
  room -= kChecksumBytes;
  std::string sections;
  const auto add = [&](Tag tag, std::string_view content) {
    if (content.empty() || kSectionHead + content.size() > room) return;
    sections += section(tag, content);
    room -= kSectionHead + content.size();
  };
  add(kTopicId, bytes_of(topic));
  add(kCrashCounts, crash_counts);
  Position covered = place.position;
  if (!finished.empty() && room > kSectionHead) {
    const EncodedMap map = encode_resume_map(place.position, finished, room - kSectionHead);
    if (!map.bytes.empty()) {
      sections += section(kResumeMap, map.bytes);
      covered = map.covered;
    }
  }
  if (sections.empty()) return {{}, 0, place.position};
  // As long as a reader will find it: what the last character carries beyond it are zeros.
  const std::size_t characters = characters_for_bytes(kChecksumBytes + sections.size());
  sections.resize(bytes_in_characters(characters) - kChecksumBytes, kEnd);
  const std::string text =
      std::string(kName) + to_printable(checksum_of(place, sections) + sections);
  return {text, kName.size() + characters, covered};
}

std::optional<FinishedRanges> read_commit_metadata(const MetadataPlace& place,
                                                   std::string_view text) {
  if (text.empty()) return FinishedRanges{};
  const auto sections = sections_of(place, text);
  if (!sections) return std::nullopt;
  std::optional<FinishedRanges> finished = FinishedRanges{};
  const bool whole = for_each_section(*sections, [&](char tag, std::string_view content) {
    if (tag == kResumeMap) finished = decode_resume_map(place.position, content);
  });
  return whole ? finished : std::nullopt;
}

TopicId read_topic_id(const MetadataPlace& place, std::string_view text) {
  TopicId found;
  const auto sections = text.empty() ? std::nullopt : sections_of(place, text);
  if (!sections) return found;
  for_each_section(*sections, [&](char tag, std::string_view content) {
    if (tag == kTopicId && content.size() == 2 * kNumberBytes) found = topic_id_in(content);
  });
  return found;
}

std::string read_crash_counts(const MetadataPlace& place, std::string_view text) {
  std::string found;
  const auto sections = text.empty() ? std::nullopt : sections_of(place, text);
  if (!sections) return found;
  for_each_section(*sections, [&](char tag, std::string_view content) {
    if (tag == kCrashCounts) found = content;
  });
  return found;
}

}  // namespace tidegate
