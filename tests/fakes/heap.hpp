// SPDX-License-Identifier: Apache-2.0
//
// What the program has taken of its allocator: what things cost, not what sizeof says of them.
// Thread rule: other threads must be at rest.
#pragma once

#include <cstddef>
#include <optional>

// Of tcmalloc (gperftools/malloc_extension_c.h), whose headers other allocators' builds do not
// have.
extern "C" int MallocExtension_GetNumericProperty(const char* property, std::size_t* value)
    __attribute__((weak));

namespace tidegate::fakes {

// Bytes that were given out and not given back, as the allocator rounds them. Empty: this build's
// allocator does not say.
inline std::optional<std::size_t> heap_in_use() {
  std::size_t bytes = 0;
  if (MallocExtension_GetNumericProperty == nullptr ||
      MallocExtension_GetNumericProperty("generic.current_allocated_bytes", &bytes) == 0) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace tidegate::fakes
