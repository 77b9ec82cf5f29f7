# SPDX-License-Identifier: Apache-2.0
# Steps that all run, whatever became of those before, and the lines about them at the end.

begin_report() {
  report_lines=()
  report_failed=0
}

# run_step <name> <command...>. Status 0: passed; 77: could not run, which is no failure outside of CI; else failed.
run_step() {
  local name="$1" started=$SECONDS status=0 verdict
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
  case "$status" in
    0) verdict="passed" ;;
    77) verdict="DID NOT RUN" ;;
    *) verdict="FAILED" ;;
  esac
  if [[ "$status" != 0 && ! ("$status" == 77 && "${CI:-}" != true) ]]; then
    report_failed=1
  fi
  report_lines+=("$(printf '%-44s %-11s %5d s' "$name" "$verdict" $((SECONDS - started)))")
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
