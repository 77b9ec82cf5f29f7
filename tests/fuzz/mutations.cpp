// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target without libFuzzer: on mutations of sound inputs, for so many seconds, from a
// seed. Where libFuzzer is there it finds more; this needs a compiler only.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/fuzz/seeds.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  const long seconds = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 60;
  const auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1ULL;
  std::mt19937_64 random(seed);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::uint64_t inputs = 0;
  while (std::chrono::steady_clock::now() < end) {
    std::string bytes = tidegate::fuzz::seed(random);
    for (std::uint64_t i = random() % 6; i > 0; --i) tidegate::fuzz::mutate(bytes, random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++inputs;
  }
  std::printf("%llu inputs, seed %llu\n", static_cast<unsigned long long>(inputs),
              static_cast<unsigned long long>(seed));
}
