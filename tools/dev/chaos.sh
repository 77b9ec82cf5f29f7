# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/build.sh"

dev_chaos() {
  dev_setup
  build_preset release product
  exec "$deps_dir/venv/bin/python" "$TIDEGATE_ROOT/tests/chaos/run.py" "$@"
}
