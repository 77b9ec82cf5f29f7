// SPDX-License-Identifier: Apache-2.0
#include "host/base/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "host/base/child_environment.hpp"

namespace tidegate {
namespace {

// In the place of a user: the same as ours.
constexpr std::string_view kSameUser = "-";
// EX_USAGE, as for every command line that is not understood.
constexpr int kNotForPeople = 64;

// Nobody who started this as a child is there: somebody typed the hidden command, or the parent
// died before the child could ask to be ended with it.
[[noreturn]] void refuse_people() {
  std::fputs(
      "tidegate: a host starts this command for itself, it is not for people; see tidegate "
      "--help\n",
      stderr);
  ::_exit(kNotForPeople);
}

// Throws unless a function of the spawn family, which returns an error number, succeeded.
void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

// What happens to descriptors between fork and exec.
class FileActions {
 public:
  FileActions() { check(posix_spawn_file_actions_init(&actions_), "posix_spawn"); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  // The child's numbers are filled from copies above all of them, or one of ours could be
  // overwritten before its turn comes.
  void hand_over(const ChildSpec& spec) {
    const int end = kFirstChildDescriptor + static_cast<int>(spec.descriptors.size());
    check(posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0), "/dev/null");
    if (spec.output >= 0) {
      const int copy = copy_above(spec.output, end);
      for (const int standard : {STDOUT_FILENO, STDERR_FILENO}) duplicate(copy, standard);
    }
    for (int number = kFirstChildDescriptor; number < end; ++number) {
      const auto i = static_cast<std::size_t>(number - kFirstChildDescriptor);
      duplicate(copy_above(spec.descriptors[i], end), number);
    }
    check(posix_spawn_file_actions_addclosefrom_np(&actions_, end), "closefrom");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  int copy_above(int descriptor, int least) {
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, least));
    if (!copy) check(errno, "a descriptor for a child process");
    copies_.push_back(std::move(copy));
    return copies_.back().get();
  }
  void duplicate(int from, int to) {
    check(posix_spawn_file_actions_adddup2(&actions_, from, to), "posix_spawn");
  }

  posix_spawn_file_actions_t actions_{};
  std::vector<Descriptor> copies_;
};

class Attributes {
 public:
  Attributes() {
    check(posix_spawnattr_init(&attributes_), "posix_spawn");
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    check(posix_spawnattr_setsigmask(&attributes_, &none), "posix_spawn");
    check(posix_spawnattr_setsigdefault(&attributes_, &all), "posix_spawn");
    check(posix_spawnattr_setpgroup(&attributes_, 0), "posix_spawn");
    check(posix_spawnattr_setflags(
              &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP),
          "posix_spawn");
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// As exec wants it; the texts outlive the result.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

pid_t spawn(const ChildSpec& spec) {
  std::vector<std::string> arguments = {
      "tidegate", spec.command, std::to_string(::getpid()),
      spec.user ? to_text(spec.user->ids) : std::string(kSameUser)};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> environment = environment_of(spec);
  FileActions actions;
  actions.hand_over(spec);
  const Attributes attributes;
  pid_t pid = -1;
  check(posix_spawn(&pid, spec.program.c_str(), actions.get(), attributes.get(),
                    pointers(arguments).data(), pointers(environment).data()),
        "a child process cannot be started");
  return pid;
}

}  // namespace

std::string ChildExit::in_words() const {
  if (signal == 0) return "exited with code " + std::to_string(code);
  const char* const name = ::sigabbrev_np(signal);
  const char* const meaning = ::sigdescr_np(signal);
  std::string text = "was ended by ";
  text += name == nullptr ? "signal " + std::to_string(signal) : "SIG" + std::string(name);
  if (meaning != nullptr) text += " (" + std::string(meaning) + ")";
  return text;
}

ChildProcess::ChildProcess(const ChildSpec& spec) : pid_(spawn(spec)) {
  // It cannot have been reaped by anybody else, so the number is still its own.
  pid_descriptor_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (pid_descriptor_) return;
  const int error = errno;
  send_to_group(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  check(error, "pidfd_open (Linux 5.3 or newer is needed)");
}

ChildProcess::~ChildProcess() {
  if (ended_) return;
  send_to_group(SIGKILL);
  (void)wait(MonotonicTime::max());
}

std::optional<ChildExit> ChildProcess::wait(MonotonicTime until) {
  if (ended_) return ended_;
  pollfd ready{pid_descriptor_.get(), POLLIN, 0};
  while (::poll(&ready, 1, poll_milliseconds(until)) <= 0) {
    if (system_clock().now() >= until) return std::nullopt;
  }
  // Until it is reaped its number stands for its group, too.
  send_to_group(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  ChildExit ended;
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  else ended.code = WEXITSTATUS(status);
  ended_ = ended;
  return ended_;
}

void ChildProcess::send(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

void ChildProcess::send_to_group(int signal) const {
  if (!ended_) ::kill(-pid_, signal);
}

std::vector<std::string> become_child(const std::string& name, std::vector<std::string> arguments,
                                      CoreDumps cores) {
  constexpr std::size_t kForUs = 2;
  if (arguments.size() < kForUs) refuse_people();
  pid_t parent = -1;
  std::from_chars(arguments[0].data(), arguments[0].data() + arguments[0].size(), parent);
  const std::optional<UserIds> user = user_ids(arguments[1]);
  if (!user && arguments[1] != kSameUser) refuse_people();
  arguments.erase(arguments.begin(), arguments.begin() + kForUs);
  // First: whoever changes the user loses the two wishes below.
  if (user) become_user(*user);
  if (user) ::prctl(PR_SET_DUMPABLE, cores == CoreDumps::yes ? 1 : 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Asked too late where the parent has died meanwhile.
  if (::getppid() != parent) refuse_people();
  // Not 0: where cores are piped to a program, the kernel asks for no limit but this one.
  rlimit size{1, 1};
  if (cores == CoreDumps::yes && ::getrlimit(RLIMIT_CORE, &size) == 0)
    size.rlim_cur = size.rlim_max;  // most shells and services begin with 0
  ::setrlimit(RLIMIT_CORE, &size);
  ::prctl(PR_SET_NAME, name.c_str());
  return arguments;
}

Descriptor handed_over(std::size_t i) {
  Descriptor descriptor(kFirstChildDescriptor + static_cast<int>(i));
  if (::fcntl(descriptor.get(), F_SETFD, FD_CLOEXEC) != 0) refuse_people();
  return descriptor;
}

}  // namespace tidegate
