// SPDX-License-Identifier: Apache-2.0
//
// Whatever stands in a commit's metadata: reading it does no harm, and what is read could have been
// written. libFuzzer; README.md has the command.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "host/track/commit_metadata.hpp"
#include "host/track/printable.hpp"
#include "host/track/resume_map.hpp"
#include "tests/fuzz/seeds.hpp"

namespace {

using namespace tidegate;

void check(bool holds) {
  if (!holds) std::abort();
}

// Of a map that could be read: in order, above the position, and the same when written again.
void check_map(Position position, std::string_view bytes) {
  const auto ranges = decode_resume_map(position, bytes);
  if (!ranges) return;
  Position at = position;
  for (const FinishedRange& range : *ranges) {
    check(range.first.value > at.value && range.last >= range.first);
    at = position_after(range.last);
  }
  if (ranges->empty()) return;
  const EncodedMap again = encode_resume_map(position, *ranges, 1U << 20U);
  check(again.covered == at);
  check(decode_resume_map(position, again.bytes) == ranges);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const MetadataPlace place{"cluster", "group", "topic", Partition{1}, Position{100}};
  const auto foreign = read_commit_metadata(place, input);
  check(!foreign || input.empty() || !foreign->empty() || input.substr(0, 10) == "tidegate1:");
  (void)read_commit_metadata(place, "tidegate1:" + to_printable(input));
  (void)read_topic_id(place, "tidegate1:" + to_printable(input));
  (void)from_printable(input);
  // Past the checksum, which a fuzzer does not guess.
  check_map(Position{100}, input);
  return 0;
}

namespace tidegate::fuzz {

std::string seed(std::mt19937_64& random) {
  FinishedRanges ranges;
  std::int64_t at = 100;
  const int bits = 1 + static_cast<int>(random() % 40);
  for (std::uint64_t i = 1 + random() % 200; i > 0; --i) {
    const auto length = [&] { return static_cast<std::int64_t>(random() % (1ULL << bits)); };
    const std::int64_t first = at + 1 + length();
    ranges.push_back({Offset{first}, Offset{first + length()}});
    at = position_after(ranges.back().last).value;
  }
  if (random() % 2 == 0) return encode_resume_map(Position{100}, ranges, 9000).bytes;
  return write_commit_metadata({"cluster", "group", "topic", Partition{1}, Position{100}},
                               {1, static_cast<std::int64_t>(random())}, {}, ranges, 4096)
      .text;
}

void mutate(std::string& bytes, std::mt19937_64& random) { mutate_anywhere(bytes, random); }

}  // namespace tidegate::fuzz
