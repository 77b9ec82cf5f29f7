# SPDX-License-Identifier: Apache-2.0
# tidegate_add_plugin(<name> SOURCES <file>...): a plugin <name>.so, in C or C++.
#
# The library exports its table and nothing else, so that two plugins in one host never meet:
# hidden visibility, a version script, and the symbols of static libraries kept in. What is missing is found by the
# linker (-z defs; --require-defined where it has that), not by the host at night.
# What the plugin itself needs goes to target_link_libraries(<name> PRIVATE ...).
include(CheckLinkerFlag)

# A copy of the SDK in somebody's project (`tidegate plugin new`) has no package around it.
if(NOT TARGET TidegatePluginSDK::sdk)
  add_library(TidegatePluginSDK::sdk INTERFACE IMPORTED GLOBAL)
  target_include_directories(TidegatePluginSDK::sdk INTERFACE "${CMAKE_CURRENT_LIST_DIR}/../include")
endif()

function(tidegate_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
    message(FATAL_ERROR "tidegate_add_plugin(<name> SOURCES <file>...): got \"${ARGN}\"")
  endif()
  set(version_script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map")
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE TidegatePluginSDK::sdk)
  set_target_properties(
    ${name}
    PROPERTIES PREFIX ""
               SUFFIX ".so"
               POSITION_INDEPENDENT_CODE ON
               C_VISIBILITY_PRESET hidden
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON
               LINK_DEPENDS "${version_script}")
  if(C IN_LIST languages)
    target_compile_features(${name} PRIVATE c_std_11)
    check_linker_flag(C "LINKER:--require-defined=main" TIDEGATE_HAS_REQUIRE_DEFINED)
  endif()
  if(CXX IN_LIST languages)
    target_compile_features(${name} PRIVATE cxx_std_17)
    check_linker_flag(CXX "LINKER:--require-defined=main" TIDEGATE_HAS_REQUIRE_DEFINED)
  endif()
  target_link_options(
    ${name}
    PRIVATE
    "LINKER:--version-script=${version_script}"
    "LINKER:--exclude-libs,ALL"
    "LINKER:--build-id"
    "LINKER:-z,defs"
    "LINKER:-z,now"
    "LINKER:-z,noexecstack")
  if(TIDEGATE_HAS_REQUIRE_DEFINED)
    target_link_options(${name} PRIVATE "LINKER:--require-defined=tidegate_plugin_v1")
  endif()
endfunction()
