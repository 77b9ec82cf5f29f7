# SPDX-License-Identifier: Apache-2.0
# Apache Kafka for tests: its jars, by Maven, into .deps/kafka-<version>. No service, no configuration.

setup_kafka() {
  local dir="$deps_dir/kafka-$kafka_version" part
  if [[ -f "$dir/.complete" ]]; then
    note "Apache Kafka $kafka_version is there"
    return
  fi
  say "Apache Kafka $kafka_version: fetching the jars"
  part="$(mktemp -d "$deps_dir/.kafka-download.XXXXXX")"
  run_logged "$deps_dir/logs/kafka-download.log" \
    mvn -q -B -f "$tools_dir/kafka/pom.xml" "-Dkafka.version=$kafka_version" \
    dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$part"
  [[ -f "$part/kafka-clients-$kafka_version.jar" ]] || die "Maven fetched no kafka-clients-$kafka_version.jar"
  chmod 755 "$part"
  touch "$part/.complete"
  rm -rf "$dir"
  mv "$part" "$dir"
}
