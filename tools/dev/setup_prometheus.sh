# SPDX-License-Identifier: Apache-2.0
# Prometheus and promtool, which judge our metrics, dashboards and alerts. Debian's package would start a service on all
# interfaces, so it is only unpacked: .deps/prometheus-<version>/usr/bin.

# The folder with the programs, or nothing.
prometheus_bin() {
  local dir
  for dir in "$deps_dir"/prometheus-*/usr/bin; do
    [[ -x "$dir/promtool" && -x "$dir/prometheus" ]] && printf '%s' "$dir" && return
  done
  return 0
}

setup_prometheus() {
  if [[ -n "$(prometheus_bin)" ]]; then
    note "Prometheus is there"
    return
  fi
  say "Prometheus: unpacking Debian's package"
  local work archive version
  work="$(mktemp -d "$deps_dir/.prometheus-download.XXXXXX")"
  # As root, apt would download as a user who may not write here.
  (cd "$work" && run_logged "$deps_dir/logs/prometheus-download.log" \
    apt-get -q -o "APT::Sandbox::User=$(id -un)" download prometheus)
  archive=("$work"/prometheus_*.deb)
  version="$(dpkg-deb -f "${archive[0]}" Version)"
  mkdir "$work/unpacked"
  dpkg-deb -x "${archive[0]}" "$work/unpacked"
  rm -rf "$deps_dir/prometheus-$version"
  mv "$work/unpacked" "$deps_dir/prometheus-$version"
  chmod 755 "$deps_dir/prometheus-$version"
  rm -rf "$work"
}
