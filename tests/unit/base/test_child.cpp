// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/base/test_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>

#include "host/base/child_run.hpp"

namespace tidegate {
namespace {

void answer(const std::string& text) { write_all(answer_descriptor().get(), text); }

// The descriptors that are open, as text; the one that reads the folder is left out.
std::string open_descriptors() {
  std::string list;
  for (int number = 0; number < 256; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) list += std::to_string(number) + " ";
  }
  return list;
}

// Blocked and ignored signals in /proc's words would differ by what the runtime does; these two are
// what the host's threads block and ignore.
std::string signal_state() {
  sigset_t mask;
  sigemptyset(&mask);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  struct sigaction pipe {};
  sigaction(SIGPIPE, nullptr, &pipe);
  return std::string(sigismember(&mask, SIGTERM) != 0 ? "blocked " : "free ") +
         (pipe.sa_handler == SIG_DFL ? "default" : "changed");
}

std::string variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return name + "=" + (value == nullptr ? "(none)" : value);
}

std::string variables(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += variable(name) + " ";
  return text;
}

// What the kernel says of who this process is, and whether it can be root once more.
std::string who() {
  std::string text;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    for (const char* field :
         {"Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapAmb:", "NoNewPrivs:"}) {
      if (line.rfind(field, 0) == 0) text += line + "\n";
    }
  }
  const bool back = ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0;
  return text + "back: " + (back ? "yes" : "no") + "\n";
}

// Forks, so that a test can see what becomes of a grandchild that keeps our pipes.
void leave_a_grandchild() {
  const pid_t pid = ::fork();
  if (pid != 0) {
    answer(std::to_string(pid));
    return;
  }
  while (true) ::pause();
}

// Goes as soon as a child of this child has done all that it does at first: is it ended with us?
[[noreturn]] void answer_and_go(std::optional<UserIds> user) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) ::_exit(1);
  ChildSpec spec;
  spec.command = kTestChild;
  spec.arguments = {"settled"};
  spec.descriptors = {ends[1]};
  if (user) spec.user = ChildUser{*user, "", ""};
  const ChildProcess child(spec);
  char settled = 0;
  if (::read(ends[0], &settled, 1) != 1) ::_exit(1);
  answer(std::to_string(child.pid()));
  ::_exit(0);
}

}  // namespace

int run_test_child(std::vector<std::string> arguments) {
  arguments = become_child("test-child", std::move(arguments), CoreDumps::no);
  const std::string verb = arguments.at(0);
  if (verb == "echo") answer("<" + read_request() + ">");
  if (verb == "descriptors") answer(open_descriptors());
  if (verb == "signals") answer(signal_state());
  if (verb == "group") answer(::getpgrp() == ::getpid() ? "own" : "shared");
  if (verb == "user") answer(who());
  if (verb == "variables") answer(variables({arguments.begin() + 1, arguments.end()}));
  if (verb == "cores") {
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    answer(std::to_string(limit.rlim_cur));
  }
  if (verb == "exit") return std::stoi(arguments.at(1));
  if (verb == "signal") {
    std::cerr << "something is wrong\n" << std::flush;
    answer("before");
    signal(SIGABRT, SIG_DFL);
    ::raise(std::stoi(arguments.at(1)));
  }
  if (verb == "talk") {
    for (int line = 0; line < 100'000; ++line) std::cout << "line " << line << "\n";
    std::cout << "the last line\n" << std::flush;
  }
  if (verb == "grandchild") leave_a_grandchild();
  if (verb == "parent") answer_and_go(arguments.size() > 1 ? user_ids(arguments[1]) : std::nullopt);
  if (verb == "settled") write_all(handed_over(0).get(), ".");
  if (verb == "hang" || verb == "settled") {
    while (true) ::pause();
  }
  return 0;
}

bool has_ended(pid_t pid) {
  const Descriptor descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!descriptor) return errno == ESRCH;
  pollfd ended{descriptor.get(), POLLIN, 0};
  return ::poll(&ended, 1, 30'000) == 1;
}

}  // namespace tidegate
