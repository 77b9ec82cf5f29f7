# SPDX-License-Identifier: Apache-2.0
# Debian packages. What each library is for: CONTRIBUTING.md.

debian_packages=(
  # tools
  ca-certificates ccache clang clang-format clang-tidy cmake g++ gcc git make ninja-build pkg-config procps python3
  python3-venv
  # libraries of the host
  libboost-dev libcli11-dev libcpp-httplib-dev libfmt-dev libgoogle-perftools-dev libspdlog-dev libssl-dev
  libtomlplusplus-dev nlohmann-json3-dev prometheus-cpp-dev
  # what librdkafka is built with
  libcurl4-openssl-dev liblz4-dev libsasl2-dev libzstd-dev zlib1g-dev
  # tests: GoogleTest, Google Benchmark, clang's sanitizers, eu-stack, and a second C++ library for plugins from strangers
  elfutils libbenchmark-dev libc++-dev libc++abi-dev libclang-rt-dev libgmock-dev libgtest-dev
)

# Commands that any distribution of theirs may provide; the package is installed only where the command is missing.
debian_package_of_command=(
  java:default-jre-headless
  mvn:maven
  cargo:cargo
  cargo-clippy:rust-clippy
  rustc:rustc
  rustfmt:rustfmt
)

missing_packages() {
  local installed package pair
  installed=" $(dpkg-query -W -f='${Package}:${db:Status-Status} ' "${debian_packages[@]}" 2>/dev/null || true)"
  for package in "${debian_packages[@]}"; do
    [[ "$installed" == *" $package:installed "* ]] || printf '%s\n' "$package"
  done
  for pair in "${debian_package_of_command[@]}"; do
    have "${pair%%:*}" || printf '%s\n' "${pair#*:}"
  done
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
    install --no-install-recommends "$@"
}

setup_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [[ ${#missing[@]} -eq 0 ]]; then
    note "system packages are there"
    return
  fi
  say "system packages: installing ${missing[*]}"
  run_logged "$deps_dir/logs/apt-update.log" as_root apt-get -q -o DPkg::Lock::Timeout=600 update
  run_logged "$deps_dir/logs/apt-install.log" apt_install "${missing[@]}"
}

is_supported_debian() {
  have apt-get && have dpkg-query && [[ -r /etc/os-release ]] || return 1
  local id version
  id="$(. /etc/os-release && printf '%s' "${ID:-}")"
  version="$(. /etc/os-release && printf '%s' "${VERSION_ID:-999}")" # testing and unstable have none
  [[ "$id" == debian && "${version%%.*}" -ge 12 ]]
}

explain_other_systems() {
  cat >&2 <<HELP
error: ./dev setup knows Debian 12 and newer. On this system, please install yourself:

  * what these Debian packages contain:
$(printf '%s\n' "${debian_packages[@]}" "${debian_package_of_command[@]#*:}" | fold -s -w 100 | paste -sd' ' |
    fold -s -w 100 | sed 's/^/      /')
  * librdkafka $librdkafka_minimum or newer (older ones lose messages), found by pkg-config, or name its prefix:
      cmake --preset release -DTIDEGATE_LIBRDKAFKA_ROOT=<prefix>
  * for the tests: the jars of Apache Kafka $kafka_version and $oldest_kafka_version, a Python environment, and Prometheus:
      mvn -f tools/dev/kafka/pom.xml -Ptools dependency:copy-dependencies -DincludeScope=runtime \\
          -DoutputDirectory="\$PWD/.deps/kafka-$kafka_version"
      mvn -f tools/dev/kafka/pom.xml -Dkafka.version=$oldest_kafka_version dependency:copy-dependencies \\
          -DincludeScope=runtime -DoutputDirectory="\$PWD/.deps/kafka-$oldest_kafka_version"
      python3 -m venv .deps/venv && .deps/venv/bin/pip install -r tests/e2e/requirements.txt
      prometheus and promtool in your PATH

Then go on with:  export TIDEGATE_SKIP_SETUP=1
HELP
  exit 1
}
