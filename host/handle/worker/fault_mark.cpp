// SPDX-License-Identifier: Apache-2.0
#include "host/handle/worker/fault_mark.hpp"

#include <dlfcn.h>
#include <execinfo.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace tidegate {
namespace {

constexpr std::array kFaults = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
constexpr int kMostFrames = 24;

thread_local FaultMark* current_mark = nullptr;

// Appends "name+0x12 (file)" without a lock or an allocation of ours. dladdr takes the dynamic
// linker's lock; a fault inside the linker would wait here for ever, and the host's deadline ends
// that.
std::size_t describe(void* address, char* to, std::size_t room) {
  Dl_info where{};
  if (::dladdr(address, &where) == 0 || where.dli_fname == nullptr) return 0;
  const char* const slash = std::strrchr(where.dli_fname, '/');
  const char* const file = slash == nullptr ? where.dli_fname : slash + 1;
  const bool named = where.dli_sname != nullptr;
  const auto offset = reinterpret_cast<std::uintptr_t>(address) -
                      reinterpret_cast<std::uintptr_t>(named ? where.dli_saddr : where.dli_fbase);
  const int wrote =
      std::snprintf(to, room, "%s+0x%zx (%s)", named ? where.dli_sname : "", offset, file);
  return wrote < 0 || static_cast<std::size_t>(wrote) >= room ? 0 : static_cast<std::size_t>(wrote);
}

void describe_stack(FaultMark& mark) {
  std::array<void*, kMostFrames> frames{};
  const int count = ::backtrace(frames.data(), kMostFrames);
  std::size_t size = 0;
  // The first two are this handler and the kernel's way into it.
  for (int i = 2; i < count && size + 1 < mark.frames.size(); ++i) {
    const std::size_t added = describe(frames[static_cast<std::size_t>(i)],
                                       mark.frames.data() + size, mark.frames.size() - size - 1);
    if (added == 0) break;
    size += added;
    mark.frames[size++] = '\n';
  }
  mark.frames[size > 0 ? size - 1 : 0] = '\0';
}

void on_fault(int signal, siginfo_t* /*facts*/, void* /*context*/) {
  // The signal first: describing the stack may fault again.
  (void)std::signal(signal, SIG_DFL);
  if (FaultMark* const mark = current_mark; mark != nullptr && mark->signal.load() == 0) {
    mark->signal.store(signal);
    describe_stack(*mark);
  }
  (void)std::raise(signal);
}

}  // namespace

void catch_faults() {
  // Its first call loads a library, which a handler must not.
  std::array<void*, 1> warm{};
  (void)::backtrace(warm.data(), 1);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  // Other faults are not held back meanwhile: one in the handler ends the process.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (const int signal : kFaults) ::sigaction(signal, &action, nullptr);
}

MarkedThread::MarkedThread(FaultMark& mark) : stack_(kStackBytes) {
  stack_t stack{};
  stack.ss_sp = stack_.data();
  stack.ss_size = stack_.size();
  ::sigaltstack(&stack, nullptr);
  current_mark = &mark;
}

MarkedThread::~MarkedThread() {
  current_mark = nullptr;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
}

}  // namespace tidegate
