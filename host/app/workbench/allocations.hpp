// SPDX-License-Identifier: Apache-2.0
//
// How many allocations this thread has made: asked of the allocator that is linked, so that nothing
// is counted, and nothing is slower, unless somebody measures. tcmalloc can tell, as can the
// sanitizers' allocators; others cannot. Thread rule: one object at a time, on its own thread.
#pragma once

#include <cstdint>

namespace tidegate::workbench {

class AllocationCounter {
 public:
  // Begins to count, where that can be done.
  AllocationCounter();
  ~AllocationCounter();
  AllocationCounter(const AllocationCounter&) = delete;
  AllocationCounter& operator=(const AllocationCounter&) = delete;

  [[nodiscard]] bool works() const { return works_; }
  // Of this thread, since it began. 0 where it does not work.
  [[nodiscard]] std::uint64_t count() const;

 private:
  bool works_ = false;
};

}  // namespace tidegate::workbench
