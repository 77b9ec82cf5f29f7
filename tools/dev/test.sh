# SPDX-License-Identifier: Apache-2.0
# The floors of the test house. All asked for are run, whatever becomes of those before.

source "$tools_dir/build.sh"
source "$tools_dir/report.sh"

all_floors=(unit sdk broker e2e chaos)
runner_arguments=() # what followed "--"

parse_test_arguments() {
  floors=()
  full=0
  while [[ $# -gt 0 ]]; do
    case "$1" in
      unit | sdk | broker | e2e | chaos) floors+=("$1") ;;
      --full) full=1 ;;
      --)
        shift
        runner_arguments=("$@")
        break
        ;;
      *) die "./dev test knows the floors ${all_floors[*]} and --full, not \"$1\"" ;;
    esac
    shift
  done
  [[ ${#floors[@]} -gt 0 ]] || floors=("${all_floors[@]}")
  if [[ ${#runner_arguments[@]} -gt 0 && ${#floors[@]} -ne 1 ]]; then
    die "what follows \"--\" goes to the runner of one floor: name that floor"
  fi
  # Tests that know two sizes read this; the list of reduced figures is in tests/README.md.
  export TIDEGATE_FULL="$full"
}

# GoogleTest floors: <preset> <how many tests at once> <floor...>. What followed "--" goes to the one executable.
gtest_floors() {
  local preset="$1" at_once="$2" dir="$TIDEGATE_ROOT/build/$1" labels
  shift 2
  if [[ ${#runner_arguments[@]} -gt 0 ]]; then
    TIDEGATE_BUILD_DIR="$dir" \
      without_randomised_addresses "$dir/bin/tidegate_$1_tests" "${runner_arguments[@]}"
  else
    labels="$(IFS='|' && echo "$*")"
    without_randomised_addresses \
      ctest --test-dir "$dir" --label-regex "^($labels)\$" --no-tests=error --output-on-failure \
      --parallel "$at_once"
  fi
}

# The floors "unit" and "broker", as far as they were asked for, with both sanitizers side by side: a test with a mock
# cluster mostly waits.
sanitized_floors() {
  local preset asked="$*" targets=("${@/#/tidegate_}")
  targets=("${targets[@]/%/_tests}")
  for preset in dev tsan; do
    run_step "build: $preset" build_preset "$preset" "${targets[@]}"
  done
  start_step "${asked// /, }: ASan+UBSan" gtest_floors dev $((3 * jobs)) "$@"
  start_step "${asked// /, }: TSan" gtest_floors tsan $((3 * jobs)) "$@"
  finish_steps
}

# ThreadSanitizer of g++ 12 and clang 14 refuses the address layout of newer kernels; without randomisation it does not.
without_randomised_addresses() {
  if setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "$@"
  else
    "$@"
  fi
}

include_order() {
  "$deps_dir/venv/bin/pytest" -q -p no:cacheprovider "$TIDEGATE_ROOT/tests/lint/test_include_order.py"
}

sdk_floor() {
  build_preset release product sdk_tests
  TIDEGATE_BUILD="$TIDEGATE_ROOT/build/release" \
    "$deps_dir/venv/bin/pytest" -p no:cacheprovider "$TIDEGATE_ROOT/tests/sdk" \
    --numprocesses=$((2 * jobs)) --dist=worksteal "${runner_arguments[@]}"
}

# pytest shows what did not run; that line decides, because skipped tests alone are a success to pytest.
e2e_floor() {
  build_preset release product
  local log="$TIDEGATE_ROOT/build/e2e.log" prometheus
  # Most of an e2e test is waiting for sessions and delays to end: so many keep the processors busy for five sixths of
  # the time.
  prometheus="$(prometheus_bin)"
  PATH="${prometheus:+$prometheus:}$PATH" \
    "$deps_dir/venv/bin/pytest" -p no:cacheprovider "$TIDEGATE_ROOT/tests/e2e" \
    --numprocesses=$((3 * jobs)) --dist=worksteal "${runner_arguments[@]}" 2>&1 | tee "$log"
  ! grep -q '^E2E DID NOT RUN' "$log" || return 77
}

chaos_floor() {
  build_preset release product tidegate_broken
  local log="$TIDEGATE_ROOT/build/chaos.log"
  "$deps_dir/venv/bin/pytest" -p no:cacheprovider "$TIDEGATE_ROOT/tests/chaos" "${runner_arguments[@]}" 2>&1 | tee "$log"
  ! grep -q '^CHAOS DID NOT RUN' "$log" || return 77
}

memory_floor() {
  build_preset release tidegate_memory_tests
  gtest_floors release 1 memory
}

dev_test() {
  parse_test_arguments "$@"
  dev_setup
  begin_report
  local floor sanitized=()
  for floor in "${floors[@]}"; do
    [[ "$floor" != unit && "$floor" != broker ]] || sanitized+=("$floor")
  done
  [[ ${#sanitized[@]} -eq 0 ]] || sanitized_floors "${sanitized[@]}"
  for floor in "${floors[@]}"; do
    case "$floor" in
      unit)
        run_step "unit: include order" include_order
        run_step "unit: memory" memory_floor
        ;;
      sdk) run_step "sdk" sdk_floor ;;
      e2e) run_step "e2e" e2e_floor ;;
      chaos) run_step "chaos" chaos_floor ;;
    esac
  done
  end_report "test"
}
