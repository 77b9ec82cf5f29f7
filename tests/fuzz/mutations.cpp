// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target without libFuzzer: on mutations of maps that a writer made, for so many
// seconds, from a seed. Where libFuzzer is there it finds more; this needs a compiler only.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "host/track/commit_metadata.hpp"
#include "host/track/resume_map.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace tidegate;

std::string written(std::mt19937_64& random) {
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
  return write_commit_metadata({"cluster", "group", "topic", Partition{1}, Position{100}}, {},
                               ranges, 4096)
      .text;
}

void mutate(std::string& bytes, std::mt19937_64& random) {
  if (bytes.empty()) return;
  const std::size_t at = random() % bytes.size();
  switch (random() % 5) {
    case 0: bytes[at] = static_cast<char>(random()); break;
    case 1: bytes[at] ^= static_cast<char>(1U << random() % 8); break;
    case 2: bytes.resize(at); break;
    case 3: bytes.insert(at, 1 + random() % 8, static_cast<char>(random())); break;
    default: bytes.erase(at, 1 + random() % 8);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const long seconds = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 60;
  const auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1ULL;
  std::mt19937_64 random(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::uint64_t inputs = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::string bytes = written(random);
    for (std::uint64_t i = random() % 6; i > 0; --i) mutate(bytes, random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++inputs;
  }
  std::printf("%llu inputs, seed %llu\n", static_cast<unsigned long long>(inputs),
              static_cast<unsigned long long>(seed));
}
