# SPDX-License-Identifier: Apache-2.0
# Everything ./dev setup pins, in one place. Why each is needed: CONTRIBUTING.md.

# Older ones lose messages or crash (CONTRIBUTING.md); also checked by CMake and by the host at start.
librdkafka_minimum="2.14.2"
# Upstream versions that passed our whole test suite. The suite we take the source from moves on: a version that is not
# in this list is built all the same (apt has verified its signature), but loudly.
librdkafka_tested=("2.14.2")

# Apache Kafka for the e2e floor and the benchmarks; the Maven coordinates are in tools/dev/kafka/pom.xml.
kafka_version="4.3.1"
# The oldest that README states: tests/e2e/test_oldest_kafka.py takes the journey on it.
oldest_kafka_version="3.9.1"

# shellcheck disable=SC2034  # read by the scripts that source this file
readonly librdkafka_minimum librdkafka_tested kafka_version oldest_kafka_version
