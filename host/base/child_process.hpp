// SPDX-License-Identifier: Apache-2.0
//
// The host's own executable once more, as a child that runs what the host would not risk in its own
// process: a plugin on trial. Never a fork without exec: a copy of a process with threads holds
// locks that nobody will release. The child
//   * is /proc/self/exe, so it is this very build even after the file on disk was replaced;
//   * gets a hidden subcommand, our process id and the user that it is to become (become_child
//   reads
//     them), no secret: ps shows all of it;
//   * has the descriptors that were handed over, as 3, 4, ...; /dev/null as stdin; no other;
//   * has no blocked signal, default answers to all, and a process group of its own, so that it can
//     be ended with all that it started;
//   * ends by SIGKILL when the thread that started it does (become_child, PR_SET_PDEATHSIG).
// Thread rule: start on a thread that outlives the child; an object by one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/base/child_user.hpp"
#include "host/base/clock.hpp"
#include "host/base/descriptor.hpp"

namespace tidegate {

inline constexpr int kFirstChildDescriptor = 3;

struct ChildSpec {
  std::string command;                 // "child-probe": host/app/child_commands.cpp knows them
  std::vector<std::string> arguments;  // behind it; no secrets
  std::vector<int> descriptors;        // of ours; number i is kFirstChildDescriptor + i over there
  int output = -1;                     // ours, becomes its stdout and stderr; negative: it has ours
  std::optional<ChildUser> user;       // that it is to become; none: it stays the same as we

  // What it sees of our environment. Both leave out what is meant for one process only
  // (NOTIFY_SOCKET, LISTEN_FDS and the like); HOME, USER and LOGNAME are those of the user.
  enum class Environment : std::uint8_t {
    ours,      // all of it: a plugin in the host's process would see the same
    scrubbed,  // what a program needs to run (PATH, HOME, locale, time zone, temporary files,
               // the loader's and sanitizers' variables), and those of environment_kept
  };
  Environment environment = Environment::ours;
  std::vector<std::string> environment_kept;  // names

  std::filesystem::path program = "/proc/self/exe";  // another one for tests
};

// How a process ended.
struct ChildExit {
  int code = 0;    // of exit; meaningless when a signal ended it
  int signal = 0;  // that ended it; 0: none did
  [[nodiscard]] bool clean() const { return code == 0 && signal == 0; }
  // "exited with code 3", "was ended by SIGSEGV (Segmentation fault)".
  [[nodiscard]] std::string in_words() const;
};

class ChildProcess {
 public:
  // Throws std::system_error that names what failed. Our copies of the descriptors stay open.
  explicit ChildProcess(const ChildSpec& spec);
  // Ends it with all of its process group (SIGKILL) where it still runs; waits for that.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable once the process has ended: for poll.
  [[nodiscard]] int pid_descriptor() const { return pid_descriptor_.get(); }
  // Waits for its end until the time given; empty: it still runs. What it had started is ended with
  // it (SIGKILL to the group), so that nothing outlives it.
  [[nodiscard]] std::optional<ChildExit> wait(MonotonicTime until);
  // Sends a signal to the process, or to its whole group. Does nothing once it has been waited for.
  void send(int signal) const;
  void send_to_group(int signal) const;

 private:
  pid_t pid_ = -1;
  Descriptor pid_descriptor_;
  std::optional<ChildExit> ended_;
};

enum class CoreDumps : std::uint8_t { no, yes };

// What the child does first: becomes the user it was started for; asks to be ended with its parent,
// and ends at once where that is gone already; says whether it may leave a core file, as large as
// the hard limit allows; takes a name for ps. arguments: those it got behind the command; returns
// them without those that were for this. Where no host is the parent this ends the process with one
// line that says so, and code 64. Throws std::exception where it cannot become that user.
// [main], before any thread.
std::vector<std::string> become_child(const std::string& name, std::vector<std::string> arguments,
                                      CoreDumps cores);
// The child's side of ChildSpec::descriptors[i]. From here on it is closed at an exec, so that what
// the child starts does not have it. To be taken once. Without it the process ends as above.
[[nodiscard]] Descriptor handed_over(std::size_t i);

}  // namespace tidegate
