# SPDX-License-Identifier: Apache-2.0
# Steps that all run, whatever became of those before, and the lines about them at the end.

begin_report() {
  report_lines=()
  report_failed=0
  started_steps=()
}

# run_step <name> <command...>. Status 0: passed; 77: could not run, which is no failure outside of CI; else failed.
run_step() {
  local name="$1" started=$SECONDS status=0
  shift
  say "$name"
  # In a shell of its own, so that `die` ends the step and not the report. Not written as `(...) || status=$?`: that
  # would switch off `set -e` inside. For the same reason run_step must not be called in a condition.
  set +e
  (
    set -e
    "$@"
  )
  status=$?
  set -e
  add_to_report "$name" "$status" $((SECONDS - started))
}

# add_to_report <name> <status> <seconds>
add_to_report() {
  local name="$1" status="$2" seconds="$3" verdict
  case "$status" in
    0) verdict="passed" ;;
    77) verdict="DID NOT RUN" ;;
    *) verdict="FAILED" ;;
  esac
  if [[ "$status" != 0 && ! ("$status" == 77 && "${CI:-}" != true) ]]; then
    report_failed=1
  fi
  report_lines+=("$(printf '%-44s %-11s %5d s' "$name" "$verdict" "$seconds")")
}

# start_step <name> <command...>: as run_step, beside what follows. Its output comes when finish_steps waits for it.
start_step() {
  local name="$1" log="$TIDEGATE_ROOT/build/step-${#started_steps[@]}"
  shift
  (
    set +e
    started=$SECONDS
    (
      set -e
      "$@"
    ) >"$log.log" 2>&1
    status=$?
    echo "$status $((SECONDS - started))" >"$log.end"
  ) &
  started_steps+=("$! $log $name")
}

finish_steps() {
  local step pid log name status seconds
  for step in "${started_steps[@]}"; do
    read -r pid log name <<<"$step"
    wait "$pid"
    say "$name"
    cat "$log.log"
    read -r status seconds <"$log.end"
    add_to_report "$name" "$status" "$seconds"
  done
  started_steps=()
}

# Prints the lines and returns 1 when a step failed.
end_report() {
  printf '\n==> %s\n' "$1"
  printf '    %s\n' "${report_lines[@]}"
  if [[ "$report_failed" != 0 ]]; then
    printf '    %s: FAILED\n' "$1"
    return 1
  fi
  printf '    %s: passed\n' "$1"
}
