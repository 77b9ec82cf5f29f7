# SPDX-License-Identifier: Apache-2.0
# Headers of others that many files include, parsed once per target: two thirds of a file's compile time went there.
# lint does without, so that a file that forgets an include is found.
option(TIDEGATE_PRECOMPILE "Parse the standard library's headers once per target" ON)

set(tidegate_precompiled
    <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstdint> <deque> <filesystem> <functional>
    <map> <memory> <mutex> <optional> <set> <span> <sstream> <stdexcept> <string> <string_view> <thread>
    <unordered_map> <utility> <variant> <vector> <librdkafka/rdkafka.h> <nlohmann/json.hpp>)

# tidegate_precompile(<target> [<more headers>...])
function(tidegate_precompile target)
  if(NOT TIDEGATE_PRECOMPILE)
    return()
  endif()
  set(headers ${tidegate_precompiled} ${ARGN})
  list(TRANSFORM headers REPLACE "^<.*>$" "$<$<COMPILE_LANGUAGE:CXX>:\\0>")
  target_precompile_headers(${target} PRIVATE ${headers})
  # What ccache needs to know what a file is made of (its manual, "Precompiled headers").
  target_compile_options(
    ${target}
    PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fpch-preprocess>
            "$<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()
