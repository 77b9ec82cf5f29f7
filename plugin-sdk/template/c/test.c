/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the plugin without Kafka: my-plugin-test <plugin.so>. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tidegate/testing.h>

static void expect(int holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "failed: %s\n", what);
  exit(1);
}

static tidegate_status handle(tidegate_test* test, const char* value) {
  const tidegate_message message = tidegate_test_message("key", value);
  return tidegate_test_handle(test, &message);
}

int main(int argc, char** argv) {
  tidegate_test test;
  expect(argc == 2, "usage: my-plugin-test <plugin.so>");

  expect(tidegate_test_open(&test, argv[1], "{\"max_bytes\":5}") == 0, test.reason);
  expect(handle(&test, "12345") == TIDEGATE_OK, "a value of the limit's size is accepted");
  expect(handle(&test, "123456") == TIDEGATE_DEAD_LETTER, "a longer one is a dead letter");
  expect(strcmp(test.reason, "too large") == 0, "and says why");
  expect(handle(&test, NULL) == TIDEGATE_DROP, "a tombstone is dropped");
  tidegate_test_close(&test);

  expect(tidegate_test_open(&test, argv[1], "{\"max_bytes\":\"x\"}") != 0,
         "a limit that is no number is refused");
  puts("all good");
  return 0;
}
