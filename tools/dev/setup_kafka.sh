# SPDX-License-Identifier: Apache-2.0
# Apache Kafka for tests: its jars, by Maven, into .deps/kafka-<version>. No service, no configuration.

setup_kafka() {
  fetch_kafka "$kafka_version" --activate-profiles tools
  fetch_kafka "$oldest_kafka_version"
}

# fetch_kafka VERSION [Maven's arguments]
fetch_kafka() {
  local version="$1" dir="$deps_dir/kafka-$1" part
  shift
  if [[ -f "$dir/.complete" ]]; then
    note "Apache Kafka $version is there"
    return
  fi
  say "Apache Kafka $version: fetching the jars"
  part="$(mktemp -d "$deps_dir/.kafka-download.XXXXXX")"
  run_logged "$deps_dir/logs/kafka-download-$version.log" \
    mvn -q -B -f "$tools_dir/kafka/pom.xml" "-Dkafka.version=$version" "$@" \
    dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part"
  [[ -f "$part/kafka-clients-$version.jar" ]] || die "Maven fetched no kafka-clients-$version.jar"
  chmod 755 "$part"
  touch "$part/.complete"
  rm -rf "$dir"
  mv "$part" "$dir"
}
