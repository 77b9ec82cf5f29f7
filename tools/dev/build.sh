# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/setup.sh"

# Configures the preset $1 where that has not been done for the presets as they are now. Changed CMake files are
# noticed by the build itself.
configure_preset() {
  local preset="$1" dir="$TIDEGATE_ROOT/build/$1"
  if [[ ! -f "$dir/build.ninja" || CMakePresets.json -nt "$dir/.configured" ]]; then
    say "configure: $preset"
    run_logged "$dir/configure.log" cmake --preset "$preset"
    touch "$dir/.configured"
  fi
}

# Builds the targets that follow the preset $1.
build_preset() {
  local preset="$1"
  shift
  configure_preset "$preset"
  say "build: $preset ($*)"
  cmake --build "$TIDEGATE_ROOT/build/$preset" --parallel "$jobs" --target "$@"
}

dev_build() {
  [[ $# -eq 0 ]] || die "./dev build takes no arguments; cmake --build build/<preset> builds a part"
  dev_setup
  build_preset release product
  note "build/release/bin/tidegate"
  note "build/release/plugins/*.so"
}
