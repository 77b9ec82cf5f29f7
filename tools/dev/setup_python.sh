# SPDX-License-Identifier: Apache-2.0
# Python packages for tests and benchmarks, in an environment of their own: .deps/venv.

setup_python() {
  local requirements="$TIDEGATE_ROOT/tests/e2e/requirements.txt" key python
  # Debian's own Python: one that a user put before it in PATH may go away under the environment.
  python=/usr/bin/python3
  [[ -x "$python" ]] || python=python3
  key="$(sha256sum <"$requirements")"
  if [[ -x "$deps_dir/venv/bin/pytest" && "$(cat "$deps_dir/venv/.requirements" 2>/dev/null)" == "$key" ]]; then
    note "Python packages are there"
    return
  fi
  say "Python packages: installing into .deps/venv"
  run_logged "$deps_dir/logs/venv.log" "$python" -m venv --clear "$deps_dir/venv"
  run_logged "$deps_dir/logs/pip.log" \
    "$deps_dir/venv/bin/pip" install --disable-pip-version-check -r "$requirements"
  printf '%s\n' "$key" >"$deps_dir/venv/.requirements"
}
