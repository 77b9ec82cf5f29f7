# SPDX-License-Identifier: Apache-2.0
# What ./dev builds by name: `product`, the executable and all plugins; `sdk_tests`. (`benchmarks` is made in
# tests/bench.)
function(tidegate_targets_below folder result)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  get_property(children DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    tidegate_targets_below("${child}" below)
    list(APPEND targets ${below})
  endforeach()
  set(${result}
      "${targets}"
      PARENT_SCOPE)
endfunction()

# tidegate_add_target_group(<name> <folder>): everything that the folder's lists define.
function(tidegate_add_target_group name folder)
  add_custom_target(${name})
  if(EXISTS "${PROJECT_SOURCE_DIR}/${folder}/CMakeLists.txt")
    tidegate_targets_below("${PROJECT_SOURCE_DIR}/${folder}" targets)
    if(targets)
      add_dependencies(${name} ${targets})
    endif()
  endif()
endfunction()
