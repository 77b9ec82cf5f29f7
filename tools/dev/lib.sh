# SPDX-License-Identifier: Apache-2.0
# What every command of ./dev shares: where things are, how to speak, how to fail.
# Sourced by ./dev, which has set TIDEGATE_ROOT and `set -euo pipefail`.

deps_dir="$TIDEGATE_ROOT/.deps"
tools_dir="$TIDEGATE_ROOT/tools/dev"
jobs="${TIDEGATE_JOBS:-$(nproc)}"

# shellcheck source=tools/dev/versions.sh
source "$tools_dir/versions.sh"

say() { printf '%s\n' "==> $*"; }
note() { printf '%s\n' "    $*"; }
warn() { printf '%s\n' "warning: $*" >&2; }
die() {
  printf '%s\n' "error: $*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command with its output in a log file; shows the end of the log only when it fails. Where the command is a
# function, `set -e` is off inside: it must join its steps with &&.
run_logged() {
  local log="$1"
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "failed: $* (whole output: $log)"
  fi
}

# Asks for administrator rights only for the one command that needs them.
as_root() {
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "this needs root, and there is no sudo: $*"
  fi
}
