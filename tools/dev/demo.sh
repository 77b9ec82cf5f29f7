# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/build.sh"

dev_demo() {
  dev_setup
  build_preset release product
  say "tidegate demo $*"
  exec "$TIDEGATE_ROOT/build/release/bin/tidegate" demo "$@"
}
