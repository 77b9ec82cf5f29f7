# SPDX-License-Identifier: Apache-2.0
# Every library from outside, as an imported target. Why each is here: CONTRIBUTING.md.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)

include(LibRdKafka)
include(Allocator)

# toml++ and cpp-httplib are shared libraries whose class layouts depend on macros that only their pkg-config files set.
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
add_library(tidegate_deps::tomlplusplus ALIAS PkgConfig::tomlplusplus)
add_library(tidegate_deps::httplib ALIAS PkgConfig::httplib)

# Boost.DLL is headers only; with std::filesystem it needs no Boost library.
find_package(Boost 1.74 CONFIG REQUIRED COMPONENTS headers)
add_library(tidegate_deps_boost_dll INTERFACE)
add_library(tidegate_deps::boost_dll ALIAS tidegate_deps_boost_dll)
target_link_libraries(tidegate_deps_boost_dll INTERFACE Boost::headers ${CMAKE_DL_LIBS})
target_compile_definitions(tidegate_deps_boost_dll INTERFACE BOOST_DLL_USE_STD_FS)

if(TIDEGATE_BUILD_TESTS)
  find_package(GTest CONFIG REQUIRED)
  find_package(benchmark CONFIG REQUIRED)
endif()
