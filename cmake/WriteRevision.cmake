# SPDX-License-Identifier: Apache-2.0
# Script of cmake/Revision.cmake: TEMPLATE, OUTPUT, SOURCE_DIR, PROJECT_VERSION are given.
set(TIDEGATE_REVISION "")
execute_process(
  COMMAND git -C "${SOURCE_DIR}" describe --always --abbrev=12 --dirty --exclude=*
  OUTPUT_VARIABLE TIDEGATE_REVISION
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
configure_file("${TEMPLATE}" "${OUTPUT}" @ONLY)
