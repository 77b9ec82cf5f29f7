// SPDX-License-Identifier: Apache-2.0
//
// The hooks of gperftools (malloc_hook_c.h) and of compiler-rt (allocator_interface.h), looked up
// by name: this builds without either.
#include "host/app/workbench/allocations.hpp"

#include <dlfcn.h>

#include <cstddef>

namespace tidegate::workbench {
namespace {

// Only the thread that measures counts.
thread_local bool counts = false;
thread_local std::uint64_t allocations = 0;

void on_new(const volatile void* /*memory*/, std::size_t /*size*/) {
  if (counts) ++allocations;
}
void on_delete(const volatile void* /*memory*/) {}

template <class Function>
Function* find(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

using NewHook = void(const volatile void*, std::size_t);
using DeleteHook = void(const volatile void*);

// tcmalloc's take and give back one hook; the sanitizers' keep them for good, so it is done once.
bool install() {
  if (auto* const add = find<int(NewHook*)>("MallocHook_AddNewHook")) return add(&on_new) != 0;
  static const bool installed = [] {
    auto* const hooks =
        find<int(NewHook*, DeleteHook*)>("__sanitizer_install_malloc_and_free_hooks");
    return hooks != nullptr && hooks(&on_new, &on_delete) != 0;
  }();
  return installed;
}

}  // namespace

AllocationCounter::AllocationCounter() : works_(install()) {
  allocations = 0;
  counts = works_;
}

AllocationCounter::~AllocationCounter() {
  counts = false;
  if (auto* const remove = find<int(NewHook*)>("MallocHook_RemoveNewHook")) remove(&on_new);
}

std::uint64_t AllocationCounter::count() const { return allocations; }

}  // namespace tidegate::workbench
