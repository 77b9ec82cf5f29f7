# SPDX-License-Identifier: Apache-2.0
# tidegate_warnings: link it PRIVATE to every target of ours. Third-party headers are SYSTEM and stay silent.
# Warnings are errors in our presets; a packager with another compiler turns that off.
option(TIDEGATE_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)

add_library(tidegate_warnings INTERFACE)
target_compile_options(
  tidegate_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wconversion
            -Wshadow
            $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
            $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
            $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wthread-safety>
            $<$<BOOL:${TIDEGATE_WARNINGS_AS_ERRORS}>:-Werror>)
