# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/setup.sh"

# The C and C++ sources of the project, NUL-terminated: tracked, or new and not ignored.
cxx_sources() {
  git -C "$TIDEGATE_ROOT" ls-files -z --cached --others --exclude-standard -- '*.c' '*.h' '*.cpp' '*.hpp' "$@"
}

dev_format() {
  [[ $# -eq 0 ]] || die "./dev format takes no arguments"
  dev_setup
  cxx_sources | xargs -0 -r -n 20 -P "$jobs" clang-format -i
  say "format: done"
}
