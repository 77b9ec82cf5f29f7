# SPDX-License-Identifier: Apache-2.0
# tidegate_sanitizers: the instrumentation a preset asked for (TIDEGATE_SANITIZE="address,undefined" or "thread").
# tidegate_host passes it on to whatever links the host; plugins of the tree link it themselves. Without the cache
# variable the target is empty.
set(TIDEGATE_SANITIZE
    ""
    CACHE STRING "Comma-separated list for -fsanitize=, or empty")

add_library(tidegate_sanitizers INTERFACE)
if(TIDEGATE_SANITIZE)
  target_compile_options(tidegate_sanitizers INTERFACE -fsanitize=${TIDEGATE_SANITIZE} -fno-sanitize-recover=all
                                                       -fno-omit-frame-pointer)
  target_link_options(tidegate_sanitizers INTERFACE -fsanitize=${TIDEGATE_SANITIZE})
endif()
