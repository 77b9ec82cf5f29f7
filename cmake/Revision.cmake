# SPDX-License-Identifier: Apache-2.0
# Writes host/base/version.cpp for the build tree: project version and git revision. The revision is asked for at every
# build, and the file is touched only when it changed, so nothing but this one file is ever compiled again for it.
set(tidegate_version_source "${CMAKE_BINARY_DIR}/generated/host/base/version.cpp")
add_custom_target(
  tidegate_revision
  COMMAND
    "${CMAKE_COMMAND}" "-DTEMPLATE=${PROJECT_SOURCE_DIR}/host/base/version.cpp.in" "-DOUTPUT=${tidegate_version_source}"
    "-DSOURCE_DIR=${PROJECT_SOURCE_DIR}" "-DPROJECT_VERSION=${PROJECT_VERSION}" -P
    "${PROJECT_SOURCE_DIR}/cmake/WriteRevision.cmake"
  BYPRODUCTS "${tidegate_version_source}"
  VERBATIM)
add_dependencies(tidegate_host tidegate_revision)
target_sources(tidegate_host PRIVATE "${tidegate_version_source}")
