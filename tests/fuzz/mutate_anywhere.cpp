// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/seeds.hpp"

namespace tidegate::fuzz {

void mutate_anywhere(std::string& bytes, std::mt19937_64& random) {
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

}  // namespace tidegate::fuzz
