// SPDX-License-Identifier: Apache-2.0
//
// Names the calling thread for ps, top and gdb. Thread rule: [any], on itself.
#pragma once

#include <pthread.h>

#include <string>

namespace tidegate {

// The kernel keeps 15 characters; the rest is cut.
inline void set_thread_name(const std::string& name) {
  constexpr std::size_t kKernelLimit = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelLimit).c_str());
}

}  // namespace tidegate
