// SPDX-License-Identifier: Apache-2.0
//
// The built executable as a process of its own, so that exit codes, signals and what is printed are
// those that an operator gets. Thread rule: one thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tidegate::test {

// Where the build put the executable and the plugins (bin/, plugins/).
[[nodiscard]] std::filesystem::path build_dir();

struct Ended {
  int exit_code = -1;  // 128 + number where a signal ended it
  std::string out;
  std::string err;
};

class Process {
 public:
  // Starts bin/tidegate in a folder, with the environment of this process.
  Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder);
  // Kills it where it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Reads on until the text has appeared on stderr; false at its end or after a minute.
  [[nodiscard]] bool wait_for_stderr(const std::string& text);
  // The same on stdout.
  [[nodiscard]] bool wait_for_stdout(const std::string& text);
  // What came so far.
  [[nodiscard]] const std::string& err() const { return ended_.err; }
  [[nodiscard]] const std::string& out() const { return ended_.out; }
  void signal(int number) const;
  // Reads on until it ends; kills it after a minute.
  [[nodiscard]] Ended wait();

 private:
  // Reads what there is; false when both pipes have ended, or at the deadline.
  bool read_more(int timeout_ms);
  bool wait_for(const std::string& said, const std::string& text);
  void close_pipes();

  pid_t pid_ = -1;
  int out_fd_ = -1;
  int err_fd_ = -1;
  Ended ended_;
};

// Starts it and waits for its end.
[[nodiscard]] Ended tidegate(const std::vector<std::string>& arguments,
                             const std::filesystem::path& folder);

}  // namespace tidegate::test
