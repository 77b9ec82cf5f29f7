# SPDX-License-Identifier: Apache-2.0
# tidegate_unite(<target>), once all of its sources are known: where compiling costs more than what comes out of it (the
# sanitizers), the files of a folder are compiled as one, so that the project's own headers are parsed and their templates
# made once. Two files of a folder may then not have the same name in their unnamed namespaces; the compiler says which. It does
# not say where such a name hides that of a header from the files behind it: let names differ from those, too.
option(TIDEGATE_UNITE "Compile the files of a folder as one" OFF)

function(tidegate_unite target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${TIDEGATE_UNITE} UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" group)
    set_source_files_properties("${source}" TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP "${group}")
  endforeach()
endfunction()
