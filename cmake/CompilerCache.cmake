# SPDX-License-Identifier: Apache-2.0
# ccache, where it is installed and nobody chose another launcher.
find_program(TIDEGATE_CCACHE ccache)
if(TIDEGATE_CCACHE)
  # Paths below the tree are hashed as relative ones and the build folder not at all, so that another clone of the
  # same sources hits the cache.
  set(tidegate_ccache_command
      "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros "${TIDEGATE_CCACHE}")
  foreach(language IN ITEMS C CXX)
    if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER ${tidegate_ccache_command})
    endif()
  endforeach()
endif()
