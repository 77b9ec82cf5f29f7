/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests of a plugin without Kafka and without a host, in C11 or C++17: loads the shared library and
 * calls its table as a host does. Not a part of the contract, and never included by a plugin.
 *
 *   tidegate_test test;
 *   if (tidegate_test_open(&test, "./orders.so", "{}") != 0) puts(test.reason);
 *   tidegate_message message = tidegate_test_message("key", "value");
 *   if (tidegate_test_handle(&test, &message) == TIDEGATE_OK) ...
 *   tidegate_test_close(&test);
 *
 * One thread; a test that must not be lost in silence checks every answer. Link with
 * ${CMAKE_DL_LIBS}
 * (-ldl). */
#ifndef TIDEGATE_TESTING_H
#define TIDEGATE_TESTING_H

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <tidegate/plugin.h>

/* A cast that compilers of both languages find in order. */
#ifdef __cplusplus
#define TIDEGATE_TEST_CAST(type, value) static_cast<type>(value)
#else
#define TIDEGATE_TEST_CAST(type, value) ((type)(value))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* An instance of a plugin, and what it answered last. Does not move while it is open. */
typedef struct tidegate_test {
  /* What the next call of tidegate_test_handle shows; the caller's. */
  const tidegate_header* headers;
  size_t header_count;

  /* What the last call left. */
  char reason[1024]; /* ends in NUL */
  uint32_t delay_ms;
  size_t emitted; /* how many messages the call has sent */
  char emitted_topic[256];
  char emitted_value[1024]; /* of the last one, cut to this size */

  tidegate_plugin plugin;
  tidegate_host host;
  void* library;
  void* instance;
} tidegate_test;

/* Text as bytes; NULL: absent. */
static inline tidegate_bytes tidegate_test_bytes(const char* text) {
  tidegate_bytes bytes;
  bytes.data = text;
  bytes.size = text == NULL ? 0 : strlen(text);
  return bytes;
}

/* A message of topic "test"; change its fields as you like. NULL: no key, no value. */
static inline tidegate_message tidegate_test_message(const char* key, const char* value) {
  tidegate_message message;
  memset(&message, 0, sizeof message);
  message.struct_size = sizeof message;
  message.topic = tidegate_test_bytes("test");
  message.key = tidegate_test_bytes(key);
  message.value = tidegate_test_bytes(value);
  message.timestamp_ms = -1;
  message.attempt = 1;
  return message;
}

/* The functions of the host's tables. */
static inline void tidegate_test_log_(const tidegate_host* host, int32_t level, const char* text,
                                      size_t size) {
  (void)host;
  (void)level;
  fprintf(stderr, "plugin: %.*s\n", TIDEGATE_TEST_CAST(int, size), text);
}
static inline int32_t tidegate_test_log_enabled_(const tidegate_host* host, int32_t level) {
  (void)host;
  (void)level;
  return 1;
}
static inline int32_t tidegate_test_headers_(const tidegate_host* host,
                                             const tidegate_message* message,
                                             const tidegate_header** headers, size_t* count) {
  const tidegate_test* test = TIDEGATE_TEST_CAST(const tidegate_test*, host->context);
  (void)message;
  *headers = test->headers;
  *count = test->header_count;
  return 0;
}
static inline int32_t tidegate_test_define_(const tidegate_host* host, int32_t kind,
                                            const char* name, const char* help) {
  (void)host;
  (void)kind;
  (void)name;
  (void)help;
  return 0;
}
static inline void tidegate_test_record_(const tidegate_host* host, int32_t id, double value) {
  (void)host;
  (void)id;
  (void)value;
}
static inline void tidegate_test_copy_(char* text, size_t capacity, const void* data, size_t size) {
  if (size > capacity - 1) size = capacity - 1;
  if (size > 0) memcpy(text, data, size);
  text[size] = '\0';
}
static inline int32_t tidegate_test_emit_(const tidegate_host* host,
                                          const tidegate_message* message,
                                          const tidegate_output* output) {
  tidegate_test* test = TIDEGATE_TEST_CAST(tidegate_test*, host->context);
  (void)message;
  if (output->topic.data == NULL || output->topic.size == 0) return -1;
  ++test->emitted;
  tidegate_test_copy_(test->emitted_topic, sizeof test->emitted_topic, output->topic.data,
                      output->topic.size);
  tidegate_test_copy_(test->emitted_value, sizeof test->emitted_value, output->value.data,
                      output->value.size);
  return 0;
}
static inline const void* tidegate_test_extension_(const tidegate_host* host, const char* id) {
  static const tidegate_metrics metrics = {sizeof(tidegate_metrics), tidegate_test_define_,
                                           tidegate_test_record_};
  static const tidegate_emit emit = {sizeof(tidegate_emit), tidegate_test_emit_};
  (void)host;
  if (strcmp(id, TIDEGATE_EXTENSION_METRICS) == 0) return &metrics;
  if (strcmp(id, TIDEGATE_EXTENSION_EMIT) == 0) return &emit;
  return NULL;
}

/* Room for an answer; its text goes to test->reason. */
static inline tidegate_result tidegate_test_result_(tidegate_test* test) {
  tidegate_result result;
  memset(&result, 0, sizeof result);
  result.struct_size = sizeof result;
  result.reason = test->reason;
  result.reason_capacity = sizeof test->reason - 1;
  return result;
}
static inline void tidegate_test_keep_(tidegate_test* test, const tidegate_result* result) {
  const uint32_t room = sizeof test->reason - 1;
  test->reason[result->reason_size < room ? result->reason_size : room] = '\0';
  test->delay_ms = result->delay_ms;
}

/* Loads the library and makes an instance. Returns 0, or -1 with test->reason. */
static inline int tidegate_test_open(tidegate_test* test, const char* path, const char* config) {
  const tidegate_plugin* exported;
  tidegate_result error;
  memset(test, 0, sizeof *test);
  test->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  exported = test->library == NULL
                 ? NULL
                 : TIDEGATE_TEST_CAST(const tidegate_plugin*, dlsym(test->library, TIDEGATE_ENTRY));
  if (exported == NULL) {
    const char* why = dlerror();
    snprintf(test->reason, sizeof test->reason, "%s",
             why == NULL ? TIDEGATE_ENTRY " is null" : why);
    return -1;
  }
  memcpy(&test->plugin, exported,
         exported->struct_size < sizeof test->plugin ? exported->struct_size : sizeof test->plugin);
  test->host.struct_size = sizeof test->host;
  test->host.abi_minor = TIDEGATE_ABI_MINOR;
  test->host.context = test;
  test->host.host_version = "0.0.0";
  test->host.pipeline = "test";
  test->host.log = tidegate_test_log_;
  test->host.log_enabled = tidegate_test_log_enabled_;
  test->host.headers = tidegate_test_headers_;
  test->host.get_extension = tidegate_test_extension_;
  error = tidegate_test_result_(test);
  test->instance = test->plugin.create(&test->host, config, strlen(config), &error);
  tidegate_test_keep_(test, &error);
  return test->instance == NULL ? -1 : 0;
}

/* Hands it one message. REQUIRES: it is open. */
static inline tidegate_status tidegate_test_handle(tidegate_test* test,
                                                   const tidegate_message* message) {
  tidegate_result result = tidegate_test_result_(test);
  tidegate_status status;
  test->emitted = 0;
  status = test->plugin.handle(test->instance, message, &result);
  tidegate_test_keep_(test, &result);
  return status;
}

/* Ends the instance. The library stays loaded, as in a host. */
static inline void tidegate_test_close(tidegate_test* test) {
  if (test->instance != NULL) test->plugin.destroy(test->instance);
  test->instance = NULL;
}

#ifdef __cplusplus
}
#endif

#endif /* TIDEGATE_TESTING_H */
