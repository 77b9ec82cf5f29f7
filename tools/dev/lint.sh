# SPDX-License-Identifier: Apache-2.0
# Everything that a machine can say about the text of the code. A tool that is missing is a failure, never a pass.

source "$tools_dir/build.sh"
source "$tools_dir/format.sh"
source "$tools_dir/report.sh"

lint_tools() {
  local tool missing=0
  for tool in clang++ clang-format clang-tidy cmake git ninja "$deps_dir/venv/bin/pytest"; do
    have "$tool" && continue
    warn "lint needs $tool, which is missing"
    missing=1
  done
  return "$missing"
}

lint_format() {
  local unformatted
  unformatted="$(cxx_sources | xargs -0 -r -n 20 -P "$jobs" clang-format --dry-run 2>&1 |
    sed -nE 's/^([^:]+):[0-9]+:[0-9]+: (warning|error): .*/\1/p' | sort | uniq -c)"
  [[ -n "$unformatted" ]] || return 0
  printf '%s\n' "$unformatted"
  note "places that clang-format would change; ./dev format does"
  return 1
}

lint_rules() {
  "$deps_dir/venv/bin/pytest" -q -p no:cacheprovider "$TIDEGATE_ROOT/tests/lint"
}

lint_static_checks() {
  configure_preset tidy
  # Files that were added since are in compile_commands.json only after the build system has looked again.
  cmake --build "$TIDEGATE_ROOT/build/tidy" --target rebuild_cache >"$TIDEGATE_ROOT/build/tidy/reconfigure.log" ||
    die "configuring failed: build/tidy/reconfigure.log"
  "$deps_dir/venv/bin/python" "$TIDEGATE_ROOT/tests/lint/static_checks.py" \
    --build "$TIDEGATE_ROOT/build/tidy" --cache "$deps_dir/tidy-cache" --jobs "$jobs"
}

dev_lint() {
  [[ $# -eq 0 ]] || die "./dev lint takes no arguments"
  dev_setup
  lint_tools || die "lint cannot run"
  begin_report
  run_step "format" lint_format
  run_step "rules (tests/lint)" lint_rules
  run_step "clang-tidy, locks, headers" lint_static_checks
  end_report lint
}
