// SPDX-License-Identifier: Apache-2.0
//
// Whatever a plugin's file holds: reading it does no harm, and ends in an identity or a refusal.
// The system's cache of libraries is read with the same care. libFuzzer; README.md has the command.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "host/handle/plugin/host_libraries.hpp"
#include "host/handle/plugin/identity.hpp"
#include "host/handle/plugin/plugin_refused.hpp"
#include "tests/fuzz/elf_seed.hpp"
#include "tests/fuzz/seeds.hpp"

namespace tidegate::fuzz {

std::string seed(std::mt19937_64& random) { return ElfSeed(random).build(); }

// A number at which bounds are found wrong, where a number may stand.
void mutate(std::string& bytes, std::mt19937_64& random) {
  if (random() % 4 == 0 || bytes.size() < 16) return mutate_anywhere(bytes, random);
  const std::uint64_t size = bytes.size();
  const std::array<std::uint64_t, 14> numbers = {0,
                                                 1,
                                                 7,
                                                 size,
                                                 size - 1,
                                                 size + 1,
                                                 0x7FFFFFFF,
                                                 0xFFFFFFFF,
                                                 UINT64_MAX,
                                                 UINT64_MAX - 7,
                                                 UINT64_MAX / 2 + 1,
                                                 UINT64_MAX / sizeof(Elf64_Sym),
                                                 random() % size,
                                                 random()};
  const std::uint64_t number = numbers[random() % numbers.size()];
  const std::size_t width = std::size_t{1} << (random() % 4);
  const std::size_t at = (random() % (size - width)) & ~std::size_t{1};
  std::memcpy(bytes.data() + at, &number, width);
}

}  // namespace tidegate::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most)
    __attribute__((weak));

// Half of the mutations are libFuzzer's, which learn; the other half know what a number is.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned int number) {
  std::mt19937_64 random(number);
  if (size >= sizeof(Elf64_Ehdr) && random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size < sizeof(Elf64_Ehdr)) bytes = tidegate::fuzz::seed(random);
  tidegate::fuzz::mutate(bytes, random);
  bytes.resize(std::min(bytes.size(), most));
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Of its own size, so that the sanitizer sees a read behind its end.
  const std::string input(reinterpret_cast<const char*>(data), size);
  try {
    const tidegate::PluginIdentity identity = tidegate::read_identity("fuzz.so", input);
    if (identity.name.empty() || identity.name.size() > 64) std::abort();
    for (const auto& [table, bytes] : identity.elf.tables) {
      if (table.rfind("tidegate_plugin_v", 0) != 0) std::abort();
    }
    tidegate::check_runs_here("fuzz.so", identity);
  } catch (const tidegate::PluginRefused&) {
    // As it should be.
  }
  (void)tidegate::look_up_in_cache(input, "libc.so.6");
  return 0;
}
