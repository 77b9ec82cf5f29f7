// SPDX-License-Identifier: Apache-2.0
//
// The way to a host that runs: requests through the control socket in its state folder. Thread
// rule: [main]; blocks until the host has answered.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "host/app/cli/command_line.hpp"

namespace tidegate::cli {

// The state folder that a command means: the one that was named; else that of the configuration
// that was named or would be found by `run`; else, where there is none, the default one. Of the
// configuration nothing else is read. Throws std::runtime_error.
[[nodiscard]] std::filesystem::path state_dir_of(const ControlTarget& target);

class ControlClient {
 public:
  // No connection is made yet. Throws std::runtime_error where the folder's name is too long.
  explicit ControlClient(const std::filesystem::path& state_dir);

  // The host's answer. Throws std::runtime_error with a text for people where no host answers, or
  // where its answer is a refusal.
  [[nodiscard]] nlohmann::ordered_json get(const std::string& path) const;
  // at_most: how long the host may take to answer.
  [[nodiscard]] nlohmann::ordered_json post(
      const std::string& path, std::chrono::seconds at_most = std::chrono::seconds(10)) const;

 private:
  enum class Method : std::uint8_t { get, post };
  [[nodiscard]] nlohmann::ordered_json ask(Method method, const std::string& path,
                                           std::chrono::seconds at_most) const;

  const std::filesystem::path socket_;
};

// Text as a part of a path: whatever it holds, it stays one part.
[[nodiscard]] std::string path_part(const std::string& text);

}  // namespace tidegate::cli
