// SPDX-License-Identifier: Apache-2.0
//
// A process that gets no more threads, as at its limit. Thread rule: one at a time.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <stdexcept>

namespace tidegate::fakes {

// While it lives, the stacks of new threads would not fit into memory.
class NoThreads {
 public:
  NoThreads() {
    (void)pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    (void)pthread_getattr_default_np(&huge);
    (void)pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
    const int error = pthread_setattr_default_np(&huge);
    (void)pthread_attr_destroy(&huge);
    if (error != 0) throw std::runtime_error("no default of threads can be set");
  }
  ~NoThreads() {
    (void)pthread_setattr_default_np(&before_);
    (void)pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace tidegate::fakes
