// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/base/test_child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

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

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return std::string(name) + "=" + (value == nullptr ? "(none)" : value);
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

}  // namespace

int run_test_child(std::vector<std::string> arguments) {
  arguments = become_child("test-child", std::move(arguments), CoreDumps::no);
  const std::string verb = arguments.at(0);
  if (verb == "echo") answer("<" + read_request() + ">");
  if (verb == "descriptors") answer(open_descriptors());
  if (verb == "signals") answer(signal_state());
  if (verb == "group") answer(::getpgrp() == ::getpid() ? "own" : "shared");
  if (verb == "environment")
    answer(variable("TIDEGATE_TEST_SECRET") + " " + variable("PATH") + " " +
           variable("NOTIFY_SOCKET"));
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
  if (verb == "parent") {
    // A child of this child, which then goes: is it ended with us?
    ChildSpec spec;
    spec.command = kTestChild;
    spec.arguments = {"hang"};
    const Descriptor to = answer_descriptor();
    spec.descriptors = {to.get()};
    const ChildProcess child(spec);
    write_all(to.get(), std::to_string(child.pid()));
    ::_exit(0);
  }
  if (verb == "hang") {
    while (true) ::pause();
  }
  return 0;
}

}  // namespace tidegate
