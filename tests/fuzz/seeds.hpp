// SPDX-License-Identifier: Apache-2.0
//
// What every fuzz target gives the driver without libFuzzer (mutations.cpp).
#pragma once

#include <random>
#include <string>

namespace tidegate::fuzz {

// A sound input of the target; mutated before it is tried.
std::string seed(std::mt19937_64& random);
// Changes a few bytes in a way that suits the target.
void mutate(std::string& bytes, std::mt19937_64& random);

// Flips, cuts, inserts and removes bytes anywhere.
void mutate_anywhere(std::string& bytes, std::mt19937_64& random);

}  // namespace tidegate::fuzz
