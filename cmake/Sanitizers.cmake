# SPDX-License-Identifier: Apache-2.0
# tidegate_sanitizers: the instrumentation a preset asked for (TIDEGATE_SANITIZE="address,undefined" or "thread").
# tidegate_host passes it on to whatever links the host; plugins of the tree link tidegate_plugin_sanitizers. Without the
# cache variable both are empty.
set(TIDEGATE_SANITIZE
    ""
    CACHE STRING "Comma-separated list for -fsanitize=, or empty")

# tidegate_add_sanitizers(<target> <kinds>)
function(tidegate_add_sanitizers target kinds)
  add_library(${target} INTERFACE)
  if(kinds)
    target_compile_options(${target} INTERFACE -fsanitize=${kinds} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(${target} INTERFACE -fsanitize=${kinds})
  endif()
endfunction()

tidegate_add_sanitizers(tidegate_sanitizers "${TIDEGATE_SANITIZE}")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang's AddressSanitizer adds to the size of a plugin's table, by which the host knows what is in it; and it puts
  # the runtimes into the executable alone, so that a plugin's own check for undefined symbols cannot hold.
  string(REPLACE "address," "" plugin_kinds "${TIDEGATE_SANITIZE}")
  tidegate_add_sanitizers(tidegate_plugin_sanitizers "${plugin_kinds}")
  if(plugin_kinds)
    target_link_options(tidegate_plugin_sanitizers INTERFACE LINKER:-z,undefs)
  endif()
else()
  tidegate_add_sanitizers(tidegate_plugin_sanitizers "${TIDEGATE_SANITIZE}")
endif()
