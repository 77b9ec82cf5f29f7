# SPDX-License-Identifier: Apache-2.0
# tidegate_add_test_executable(<target> LABEL <label> SHARDS <n>): one GoogleTest executable and <n> ctest entries, each of
# which runs its share of the cases (starting a process per test case costs more than the cases). Folders below add
# their sources with target_sources(<target> PRIVATE ...).
function(tidegate_add_test_executable target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;SHARDS" "")
  add_executable(${target})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE tidegate_host tidegate_warnings GTest::gmock GTest::gtest_main)
  tidegate_precompile(${target} <gmock/gmock.h> <gtest/gtest.h>)
  if(TARGET tidegate_fakes)
    target_link_libraries(${target} PRIVATE tidegate_fakes)
  endif()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    add_test(NAME ${arg_LABEL}-${shard} COMMAND ${target})
    set_tests_properties(
      ${arg_LABEL}-${shard}
      PROPERTIES LABELS "${arg_LABEL}"
                 TIMEOUT 900
                 WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
                 ENVIRONMENT
                 "${tidegate_test_environment};GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard}")
  endforeach()
endfunction()

set(tidegate_test_environment
    "TIDEGATE_BUILD_DIR=${CMAKE_BINARY_DIR}" "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=history_size=4:second_deadlock_stack=1:suppressions=${PROJECT_SOURCE_DIR}/tests/tsan-suppressions.txt")
