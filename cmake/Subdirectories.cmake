# SPDX-License-Identifier: Apache-2.0
# Adds those of the named folders that have a CMakeLists.txt. A folder that appears later is noticed by the next build.
function(tidegate_add_existing_subdirectories)
  foreach(folder IN LISTS ARGN)
    set(lists "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
    if(EXISTS "${lists}")
      add_subdirectory("${folder}")
    elseif(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
      set_property(
        DIRECTORY
        APPEND
        PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}")
    endif()
  endforeach()
endfunction()
