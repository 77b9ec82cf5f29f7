# SPDX-License-Identifier: Apache-2.0

dev_help() {
  cat <<'HELP'
./dev <command>: everything you do in this tree. Each command sets up what it needs, so any of them may be your first.

Look at it
  demo [options]      the main job in one terminal: an embedded mock cluster, a topic, a pipeline, a ledger that must
                      add up. ./dev demo --help lists the options; --bootstrap runs it on a cluster of yours.
  kafka start|stop    a real Apache Kafka on this machine, to try things on. Prints its address.

Change it
  build               the release build: build/release/bin/tidegate and build/release/plugins/*.so
  test [floor...]     unit    rules of the host, without network, under ASan+UBSan and TSan
                      sdk     the plugin contract, as a stranger uses it
                      broker  against librdkafka's mock cluster, under ASan+UBSan and TSan
                      e2e     against a real Apache Kafka
                      chaos   a short set of what ./dev chaos does, and trials of the judge itself
                      All of them without an argument. --full runs every figure at the size that was asked for.
                      What follows "--" goes to the test runner:  ./dev test unit -- --gtest_filter='OffsetTracker.*'
  lint                what a reviewer should not have to say: format, clang-tidy, locks, include order, headers
  format              rewrites the C and C++ sources as clang-format wants them
  chaos [scenario...] hosts, brokers and networks in trouble under load, each run judged by its ledger; --seed N
                      repeats its faults, --minutes M lasts longer; ./dev chaos --help lists the scenarios
  bench [W1 ...]      speed against a raw librdkafka loop on a real Apache Kafka

Prepare it
  setup               packages of the system, and what they lack under .deps/ (delete it to start over)

Environment
  TIDEGATE_SKIP_SETUP=1   install and fetch nothing; you have provided what is needed
  TIDEGATE_JOBS=N         parallel compilations (default: one per core)
  CI=true                 what cannot run fails, instead of saying loudly that it did not run
HELP
}
