# SPDX-License-Identifier: Apache-2.0
# tidegate_deps::allocator: replaces malloc in the executable that links it. Every message is an allocation made in one
# thread and freed in another, which glibc's malloc does slowly.
# Always the shared library: plugins bind to the same malloc and free, whichever of its functions they use. A static
# one would export only those that the host's own libraries happen to need.
# Sanitizers bring an allocator of their own, so with them the target is empty.
set(TIDEGATE_ALLOCATOR
    "tcmalloc"
    CACHE STRING "tcmalloc (minimal), mimalloc, jemalloc or system")
set_property(CACHE TIDEGATE_ALLOCATOR PROPERTY STRINGS tcmalloc mimalloc jemalloc system)

add_library(tidegate_deps_allocator INTERFACE)
add_library(tidegate_deps::allocator ALIAS tidegate_deps_allocator)

function(tidegate_link_allocator library package)
  find_library(TIDEGATE_ALLOCATOR_${library} NAMES ${library})
  if(NOT TIDEGATE_ALLOCATOR_${library})
    message(FATAL_ERROR "TIDEGATE_ALLOCATOR=${TIDEGATE_ALLOCATOR}: lib${library}.so was not found "
                        "(Debian: ${package}). Install it, or choose another allocator.")
  endif()
  # Nothing refers to it by name but malloc itself, so a linker that drops unneeded libraries must be told to keep it.
  target_link_libraries(
    tidegate_deps_allocator INTERFACE -Wl,--push-state,--no-as-needed "${TIDEGATE_ALLOCATOR_${library}}"
                                      -Wl,--pop-state)
endfunction()

if(TIDEGATE_SANITIZE)
  message(STATUS "allocator: the sanitizer's")
elseif(TIDEGATE_ALLOCATOR STREQUAL "tcmalloc")
  tidegate_link_allocator(tcmalloc_minimal libgoogle-perftools-dev)
elseif(TIDEGATE_ALLOCATOR STREQUAL "mimalloc")
  tidegate_link_allocator(mimalloc libmimalloc-dev)
elseif(TIDEGATE_ALLOCATOR STREQUAL "jemalloc")
  tidegate_link_allocator(jemalloc libjemalloc-dev)
elseif(NOT TIDEGATE_ALLOCATOR STREQUAL "system")
  message(FATAL_ERROR "TIDEGATE_ALLOCATOR is \"${TIDEGATE_ALLOCATOR}\"; it is one of tcmalloc, mimalloc, jemalloc, "
                      "system")
endif()
