// SPDX-License-Identifier: Apache-2.0
#include "host/base/child_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace tidegate {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool passes(const ChildSpec& spec, std::string_view name) {
  if (spec.user && is_one_of(name, {"HOME", "USER", "LOGNAME"})) return false;
  if (is_one_of(name, {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID",
                       "LISTEN_FDNAMES"})) {
    return false;
  }
  if (spec.environment == ChildSpec::Environment::ours) return true;
  const auto& kept = spec.environment_kept;
  return is_one_of(name, {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
                          "LD_LIBRARY_PATH", "LD_PRELOAD", "ASAN_OPTIONS", "LSAN_OPTIONS",
                          "TSAN_OPTIONS", "UBSAN_OPTIONS"}) ||
         name.substr(0, 3) == "LC_" || std::find(kept.begin(), kept.end(), name) != kept.end();
}

}  // namespace

std::vector<std::string> environment_of(const ChildSpec& spec) {
  std::vector<std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string_view variable = *at;
    if (passes(spec, variable.substr(0, variable.find('=')))) variables.emplace_back(variable);
  }
  if (spec.user && !spec.user->name.empty()) {
    variables.push_back("HOME=" + spec.user->home);
    variables.push_back("USER=" + spec.user->name);
    variables.push_back("LOGNAME=" + spec.user->name);
  }
  return variables;
}

}  // namespace tidegate
