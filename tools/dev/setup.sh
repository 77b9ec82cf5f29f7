# SPDX-License-Identifier: Apache-2.0
# ./dev setup. Every step first looks, cheaply, whether its result is there for the versions that are pinned now; so a
# second run does nothing, and a changed pin is noticed. A step's result appears under its final name only when it is
# complete: an interrupted setup is simply run again.

source "$tools_dir/packages.sh"
source "$tools_dir/setup_librdkafka.sh"
source "$tools_dir/setup_kafka.sh"
source "$tools_dir/setup_python.sh"
source "$tools_dir/setup_prometheus.sh"

dev_setup() {
  [[ $# -eq 0 ]] || die "./dev setup takes no arguments"
  if [[ "${TIDEGATE_SKIP_SETUP:-}" == 1 ]]; then
    say "setup: skipped (TIDEGATE_SKIP_SETUP=1)"
    return
  fi
  is_supported_debian || explain_other_systems
  say "setup"
  mkdir -p "$deps_dir"
  (
    if ! flock --nonblock 9; then
      note "waiting for another ./dev setup in this tree"
      flock 9
    fi
    setup_packages
    setup_librdkafka
    setup_kafka
    setup_python
    setup_prometheus
  ) 9>"$deps_dir/setup.lock"
}
