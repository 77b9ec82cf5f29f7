// SPDX-License-Identifier: Apache-2.0
#include "plugins/ledger/habit.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace ledger {
namespace {

// Volatile: what is in the file when it is loaded counts, not what the compiler has seen.
const volatile char kHabit[] = "ledger-habit:none 0           ";

std::string written() {
  std::string text;
  for (const volatile char& c : kHabit) text += c;
  return text.substr(text.find(':') + 1);
}

// Static constructors that crash, or never come to their end: before anything can be asked.
struct AtLoad {
  AtLoad() {
    const std::string text = written();
    if (text.rfind("load-abort ", 0) == 0) std::abort();
    while (text.rfind("load-hang ", 0) == 0) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
};
const AtLoad at_load;

}  // namespace

Habit habit() {
  const std::string text = written();
  const std::size_t blank = text.find(' ');
  const std::string word = text.substr(0, blank);
  Habit found;
  found.every = static_cast<std::uint32_t>(std::strtoul(text.c_str() + blank, nullptr, 10));
  if (word == "fail") found.vice = Habit::Vice::fail;
  else if (word == "abort") found.vice = Habit::Vice::abort;
  else if (word != "none") throw std::invalid_argument("ledger: no such habit: " + word);
  if (word != "none" && found.every == 0)
    throw std::invalid_argument("ledger: a habit needs a number");
  return found;
}

}  // namespace ledger
