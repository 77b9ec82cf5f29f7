// SPDX-License-Identifier: Apache-2.0
#include "host/base/metrics/process.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace tidegate::metrics {
namespace {

// Numbers of proc(5) minus 3: what stat_fields() leaves out in front.
constexpr std::size_t kUserTime = 11;
constexpr std::size_t kSystemTime = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTime = 19;
constexpr std::size_t kResidentPages = 21;

// Fields of /proc/self/stat behind the command's name, which may itself hold spaces and brackets:
// [0] is field 3 of proc(5). Empty when the file cannot be read.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const auto end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream rest(line.substr(end_of_name + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

std::optional<std::uint64_t> boot_unix_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stoull(line.substr(6));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> count_open_fds() {
  std::error_code error;
  std::filesystem::directory_iterator entry("/proc/self/fd", error);
  if (error) return std::nullopt;
  std::uint64_t count = 0;
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (error) return std::nullopt;
    ++count;
  }
  return count - 1;  // the one that reads the directory
}

std::optional<std::uint64_t> max_open_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return limit.rlim_cur;
}

// Once: the kernel's boot time moves with the wall clock, and a start time that moves is a restart
// to whoever watches it.
std::optional<double> start_unix_seconds(double ticks_per_second) {
  static const std::optional<double> start = [&]() -> std::optional<double> {
    const auto fields = stat_fields();
    const auto boot = boot_unix_seconds();
    if (!boot || fields.size() <= kStartTime) return std::nullopt;
    return static_cast<double>(*boot) +
           static_cast<double>(std::stoull(fields[kStartTime])) / ticks_per_second;
  }();
  return start;
}

}  // namespace

ProcessFacts read_process_facts() {
  ProcessFacts facts;
  facts.open_fds = count_open_fds();
  facts.max_fds = max_open_fds();
  const auto fields = stat_fields();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (fields.size() <= kResidentPages || ticks <= 0) return facts;
  const auto number = [&](std::size_t field) { return std::stoull(fields[field]); };
  facts.cpu_seconds = static_cast<double>(number(kUserTime) + number(kSystemTime)) / ticks;
  facts.threads = number(kThreads);
  facts.resident_bytes = number(kResidentPages) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  facts.start_unix_seconds = start_unix_seconds(ticks);
  return facts;
}

}  // namespace tidegate::metrics
