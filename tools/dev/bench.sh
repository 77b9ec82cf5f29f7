# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/build.sh"

dev_bench() {
  dev_setup
  build_preset release product benchmarks
  exec "$deps_dir/venv/bin/python" "$TIDEGATE_ROOT/tests/bench/run.py" "$@"
}
