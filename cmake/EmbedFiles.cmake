# SPDX-License-Identifier: Apache-2.0
# tidegate_embed_files(<name> FOLDER <folder> FILES <file>...): a library of objects <name> that defines
# `std::span<const tidegate::EmbeddedFile> <name>()`, the texts of the files by their paths below the folder. A library
# of its own, because a file is made only for targets of the folder that says how.
function(tidegate_embed_files name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOLDER" "FILES")
  list(TRANSFORM arg_FILES PREPEND "${arg_FOLDER}/" OUTPUT_VARIABLE paths)
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  set(script "${PROJECT_SOURCE_DIR}/cmake/WriteEmbeddedFiles.cmake")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DFUNCTION=${name}" "-DFOLDER=${arg_FOLDER}"
            "-DFILES=${arg_FILES}" -P "${script}"
    DEPENDS ${paths} "${script}"
    VERBATIM)
  add_library(${name} OBJECT "${output}")
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE tidegate_warnings tidegate_sanitizers)
endfunction()
