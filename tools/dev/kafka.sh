# SPDX-License-Identifier: Apache-2.0

source "$tools_dir/setup.sh"

dev_kafka() {
  case "${1:-}" in
    start | stop | status) ;;
    *) die "usage: ./dev kafka start|stop|status" ;;
  esac
  dev_setup
  exec "$deps_dir/venv/bin/python" "$TIDEGATE_ROOT/tests/e2e/kafka_cluster.py" "$@" --dir "$deps_dir/kafka-run"
}
