# SPDX-License-Identifier: Apache-2.0
# The script behind tidegate_embed_files: FILES below FOLDER as raw string literals in OUTPUT.
set(entries "")
foreach(file IN LISTS FILES)
  file(READ "${FOLDER}/${file}" text)
  if(text MATCHES "\\)embedded\"")
    message(FATAL_ERROR "${file}: it holds the end of a raw string literal")
  endif()
  string(APPEND entries "    {\"${file}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(
  WRITE "${OUTPUT}.new"
  "// Made by cmake/WriteEmbeddedFiles.cmake.
#include \"host/app/scaffold/embedded_file.hpp\"

namespace tidegate {
namespace {
constexpr EmbeddedFile kFiles[] = {
${entries}};
}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() { return kFiles; }

}  // namespace tidegate
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
