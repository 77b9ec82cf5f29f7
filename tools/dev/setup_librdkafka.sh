# SPDX-License-Identifier: Apache-2.0
# librdkafka: Debian 12's is too old, so Debian's own source package of suite `sid` is built into
# .deps/librdkafka-<version>. Only upstream's archive is taken (no Debian patches), through apt, which checks the
# signatures. The mirror is the one this machine's apt already uses.
#
# It is built twice: for the product, and for the preset `tsan` with ThreadSanitizer and with pthreads instead of C11
# threads (TSan does not see thrd_create; the first malloc of such a thread crashes).

# The newest usable version of the kind $1 (product, tsan) under .deps, or nothing.
installed_librdkafka() {
  local kind="$1" dir version newest=""
  for dir in "$(librdkafka_dir "$kind" "")"*/; do
    [[ -f "$dir/lib/librdkafka.a" && -f "$dir/.complete" ]] || continue
    version="$(basename "$dir")"
    version="${version##*librdkafka-}"
    [[ "$version" =~ ^[0-9.]+$ ]] || continue
    dpkg --compare-versions "$version" ge "$librdkafka_minimum" || continue
    [[ -z "$newest" ]] || dpkg --compare-versions "$version" gt "$newest" || continue
    newest="$version"
  done
  printf '%s' "$newest"
}

# Where the kind $1 of version $2 is installed.
librdkafka_dir() {
  case "$1" in
    product) printf '%s' "$deps_dir/librdkafka-$2" ;;
    tsan) printf '%s' "$deps_dir/tsan-librdkafka-$2" ;;
  esac
}

# The URI of this machine's Debian mirror, whichever format its sources are written in. The security archive has the
# same origin but another label.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

# Downloads the source archive into the directory $1, with lists and caches of its own: the system's stay untouched.
download_librdkafka() {
  local dir="$1" mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg options=""
  mirror="$(debian_mirror)"
  [[ -n "$mirror" ]] || die "apt knows no Debian mirror: run 'apt-get update' and try again"
  [[ -f "$keyring" ]] && options="[signed-by=$keyring] "
  mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
  printf 'deb-src %s%s sid main\n' "$options" "$mirror" >"$dir/sources.list"
  local apt=(apt-get -q
    -o "Dir::Etc::SourceList=$dir/sources.list" -o "Dir::Etc::SourceParts=-"
    -o "Dir::State::Lists=$dir/lists" -o "Dir::Cache=$dir/cache"
    -o "APT::Sandbox::User=$(id -un)" -o "Debug::NoLocking=1" -o "Acquire::Languages=none")
  "${apt[@]}" update && (cd "$dir" && "${apt[@]}" source --download-only librdkafka)
}

check_librdkafka_version() {
  local version="$1"
  dpkg --compare-versions "$version" ge "$librdkafka_minimum" ||
    die "the source suite offers librdkafka $version, and $librdkafka_minimum or newer is needed"
  local tested
  for tested in "${librdkafka_tested[@]}"; do
    [[ "$version" == "$tested" ]] && return
  done
  warn "**********************************************************************"
  warn "librdkafka $version has not been tested with Tidegate (tested: ${librdkafka_tested[*]})."
  warn "It is built and used. If './dev test' passes, add it to tools/dev/versions.sh."
  warn "**********************************************************************"
}

# Builds the kind $1 from the source archive $2. By ./configure: the CMake build's check for atomics is broken up to
# 2.14.2.
build_librdkafka() {
  local kind="$1" archive="$2" version dir work options=()
  version="$(version_of_archive "$archive")"
  dir="$(librdkafka_dir "$kind" "$version")"
  work="$(mktemp -d "$deps_dir/.librdkafka-build.XXXXXX")"
  [[ "$kind" == product ]] ||
    options=(--disable-c11threads "--CFLAGS=-fsanitize=thread -g1" --LDFLAGS=-fsanitize=thread)
  rm -rf "$dir"
  tar -xf "$archive" -C "$work" --strip-components=1 &&
    (cd "$work" && ./configure --prefix="$dir" --enable-static "${options[@]}" && make -j"$jobs" libs &&
      make install-subdirs) &&
    touch "$dir/.complete" &&
    rm -rf "$work"
}

version_of_archive() {
  local version
  version="$(basename "$1")"
  version="${version#librdkafka_}"
  printf '%s' "${version%%.orig*}"
}

# A later Debian has it: then its package is enough. Fails where the system's is too old, as in Debian 12.
use_system_librdkafka() {
  local version
  version="$(dpkg-query -W -f='${Version}' librdkafka-dev 2>/dev/null || true)"
  if ! dpkg --compare-versions "${version:-0}" ge "$librdkafka_minimum"; then
    version="$(apt-cache policy librdkafka-dev | awk '$1 == "Candidate:" { print $2 }')"
    [[ "$version" == [0-9]* ]] && dpkg --compare-versions "$version" ge "$librdkafka_minimum" || return 1
    say "librdkafka: installing the system's, $version"
    run_logged "$deps_dir/logs/apt-install-librdkafka.log" apt_install librdkafka-dev
  fi
  version="${version%%[-+~]*}"
  check_librdkafka_version "$version"
  note "librdkafka $version is there (the system's)"
}

setup_librdkafka() {
  local kind version missing=()
  for kind in product tsan; do
    version="$(installed_librdkafka "$kind")"
    if [[ -n "$version" ]]; then
      note "librdkafka $version ($kind) is there"
    elif [[ "$kind" != product ]] || ! use_system_librdkafka; then
      missing+=("$kind")
    fi
  done
  [[ ${#missing[@]} -eq 0 ]] || build_newest_librdkafka "${missing[@]}"
}

# Of each kind that is named.
build_newest_librdkafka() {
  local work version kind
  work="$(mktemp -d "$deps_dir/.librdkafka-source.XXXXXX")"
  say "librdkafka: downloading the source"
  run_logged "$deps_dir/logs/librdkafka-download.log" download_librdkafka "$work"
  local archive=("$work"/librdkafka_*.orig.tar.*)
  [[ -f "${archive[0]}" ]] || die "no librdkafka source archive arrived in $work"
  version="$(version_of_archive "${archive[0]}")"
  check_librdkafka_version "$version"
  for kind in "$@"; do
    say "librdkafka: building $version ($kind, about a minute)"
    run_logged "$deps_dir/logs/librdkafka-build-$kind.log" build_librdkafka "$kind" "${archive[0]}"
  done
  rm -rf "$work"
}
