# SPDX-License-Identifier: Apache-2.0
# tidegate_deps::rdkafka: the newest librdkafka under .deps (built there by ./dev setup, linked statically), else the
# system's. Below 2.14.2 messages are lost when batches meet a pause, and clients hang or crash; the host checks the
# version again when it starts. Under ThreadSanitizer it is the one built for that, and no other will do.
set(tidegate_rdkafka_minimum 2.14.2)

set(TIDEGATE_LIBRDKAFKA_ROOT
    ""
    CACHE PATH "Where librdkafka is installed; empty: the newest under .deps, else the system's")

set(tidegate_rdkafka_directory librdkafka)
if(TIDEGATE_SANITIZE MATCHES "thread")
  set(tidegate_rdkafka_directory tsan-librdkafka)
endif()

function(tidegate_find_rdkafka_root result)
  set(newest_version 0)
  set(newest_root "")
  file(GLOB candidates LIST_DIRECTORIES true "${PROJECT_SOURCE_DIR}/.deps/${tidegate_rdkafka_directory}-*")
  foreach(candidate IN LISTS candidates)
    if(candidate MATCHES "/${tidegate_rdkafka_directory}-([0-9.]+)$" AND EXISTS "${candidate}/lib/librdkafka.a")
      if(CMAKE_MATCH_1 VERSION_GREATER newest_version)
        set(newest_version "${CMAKE_MATCH_1}")
        set(newest_root "${candidate}")
      endif()
    endif()
  endforeach()
  set(${result}
      "${newest_root}"
      PARENT_SCOPE)
endfunction()

# A static library under `root`, with the private libraries that its own pkg-config file names.
function(tidegate_import_rdkafka root)
  set(ENV{PKG_CONFIG_PATH} "${root}/lib/pkgconfig")
  execute_process(
    COMMAND "${PKG_CONFIG_EXECUTABLE}" --modversion rdkafka
    OUTPUT_VARIABLE version
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(version VERSION_LESS tidegate_rdkafka_minimum)
    message(FATAL_ERROR "librdkafka ${version} in ${root} is too old: ${tidegate_rdkafka_minimum} or newer is needed. "
                        "Run ./dev setup, or point TIDEGATE_LIBRDKAFKA_ROOT at a newer one.")
  endif()
  execute_process(
    COMMAND "${PKG_CONFIG_EXECUTABLE}" --print-requires-private rdkafka
    OUTPUT_VARIABLE private_modules
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "[ \t]*\n" ";" private_modules "${private_modules}")
  pkg_check_modules(tidegate_rdkafka_private REQUIRED IMPORTED_TARGET GLOBAL ${private_modules})

  add_library(tidegate_deps::rdkafka STATIC IMPORTED GLOBAL)
  set_target_properties(
    tidegate_deps::rdkafka PROPERTIES IMPORTED_LOCATION "${root}/lib/librdkafka.a" INTERFACE_INCLUDE_DIRECTORIES
                                                                                  "${root}/include")
  target_link_libraries(tidegate_deps::rdkafka INTERFACE PkgConfig::tidegate_rdkafka_private Threads::Threads m
                                                        ${CMAKE_DL_LIBS})
  message(STATUS "librdkafka ${version}: ${root}")
endfunction()

if(TIDEGATE_LIBRDKAFKA_ROOT)
  set(tidegate_rdkafka_root "${TIDEGATE_LIBRDKAFKA_ROOT}")
else()
  tidegate_find_rdkafka_root(tidegate_rdkafka_root)
endif()

if(tidegate_rdkafka_root)
  tidegate_import_rdkafka("${tidegate_rdkafka_root}")
elseif(TIDEGATE_SANITIZE MATCHES "thread")
  message(FATAL_ERROR "There is no librdkafka for ThreadSanitizer under .deps. Run ./dev setup (it builds one), or "
                      "point TIDEGATE_LIBRDKAFKA_ROOT at one configured with --disable-c11threads and "
                      "--CFLAGS=-fsanitize=thread.")
else()
  pkg_check_modules(rdkafka IMPORTED_TARGET GLOBAL "rdkafka>=${tidegate_rdkafka_minimum}")
  if(NOT rdkafka_FOUND)
    message(FATAL_ERROR "librdkafka ${tidegate_rdkafka_minimum} or newer was found neither under .deps nor in the "
                        "system. Run ./dev setup (it builds one into .deps), or point TIDEGATE_LIBRDKAFKA_ROOT at one.")
  endif()
  add_library(tidegate_deps::rdkafka ALIAS PkgConfig::rdkafka)
  message(STATUS "librdkafka ${rdkafka_VERSION}: the system's")
endif()
