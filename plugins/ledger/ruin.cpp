// SPDX-License-Identifier: Apache-2.0
#include "plugins/ledger/ruin.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ledger {
namespace {

void null_write() {
  volatile int* const nowhere = nullptr;
  *nowhere = 1;
}

int eat_stack(int depth) {
  std::array<volatile char, 4096> room;
  room[static_cast<std::size_t>(depth) % room.size()] = 1;
  return depth < 0 ? 0 : eat_stack(depth + 1) + room[0];
}

void stack_overflow() { std::exit(eat_stack(0)); }

void throw_in_thread() {
  std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
}

void loop() {
  for (volatile bool on = true; on;) {
  }
}

void deadlock() {
  std::mutex mutex;
  mutex.lock();
  mutex.lock();
}

void allocate() {
  constexpr std::size_t kPiece = std::size_t{64} << 20U;
  std::vector<std::vector<char>> pieces;
  for (int i = 0; i < 128; ++i) pieces.emplace_back(kPiece, 'x');  // 8 GiB, touched
}

void close_descriptors() {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) ::close(descriptor);
}

void kill_group() { ::kill(0, SIGKILL); }
void kill_itself() { ::kill(::getpid(), SIGKILL); }

// Over all that the process shares with its host.
void garbage() {
  std::FILE* const maps = std::fopen("/proc/self/maps", "r");
  std::array<char, 512> line{};
  while (maps != nullptr && std::fgets(line.data(), line.size(), maps) != nullptr) {
    if (std::strstr(line.data(), "tidegate-worker") == nullptr) continue;
    char* rest = nullptr;
    const std::uint64_t begin = std::strtoull(line.data(), &rest, 16);
    constexpr std::size_t kHead = std::size_t{4} << 20U;  // the links, and the first areas' heads
    std::memset(reinterpret_cast<void*>(begin), 0xA5, kHead);
  }
  if (maps != nullptr) std::fclose(maps);
}

constexpr std::array<std::pair<std::string_view, void (*)()>, 12> kWays = {{
    {"null_write", null_write},
    {"stack_overflow", stack_overflow},
    {"abort", std::abort},
    {"exit", [] { std::exit(0); }},
    {"throw_in_thread", throw_in_thread},
    {"loop", loop},
    {"deadlock", deadlock},
    {"allocate", allocate},
    {"close_descriptors", close_descriptors},
    {"kill_group", kill_group},
    {"kill_itself", kill_itself},
    {"garbage", garbage},
}};

}  // namespace

bool ruin(std::string_view word) {
  for (const auto& [name, way] : kWays) {
    if (name != word) continue;
    way();
    return true;
  }
  return false;
}

}  // namespace ledger
