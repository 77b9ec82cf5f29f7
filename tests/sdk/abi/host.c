/* SPDX-License-Identifier: Apache-2.0
 *
 * A host of the contract of minor 0, compiled with the header of that minor only: it stands for the
 * hosts that are out there. Prints one JSON line per answer, as driver.cpp does.
 *   host <plugin.so> <config_json>
 * Exit codes: 0 ran; 78 the plugin was refused, why is on standard error; 64 usage.
 *
 * What TIDEGATE_GROWN guards is for the simulated next minor, as in plugin.c. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <tidegate/plugin.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char* const kValues[] = {"good",  "bad",  "headers", "throw", NULL,
                                      "retry", "emit", "grown",   "mirror"};
static const tidegate_header kHeaders[] = {
    {{"trace", 5}, {"first", 5}}, {{"empty", 5}, {NULL, 0}}, {{"trace", 5}, {"last", 4}}};

static void log_line(const tidegate_host* host, int32_t level, const char* text, size_t size) {
  (void)host;
  fprintf(stderr, "log %d: %.*s\n", level, (int)size, text);
}
static int32_t log_enabled(const tidegate_host* host, int32_t level) {
  (void)host;
  return level <= TIDEGATE_LOG_INFO;
}
static int32_t read_headers(const tidegate_host* host, const tidegate_message* message,
                            const tidegate_header** headers, size_t* count) {
  (void)host;
  (void)message;
  *headers = kHeaders;
  *count = COUNT(kHeaders);
  return 0;
}
static int32_t define(const tidegate_host* host, int32_t kind, const char* name, const char* help) {
  (void)host;
  (void)help;
  printf("{\"call\":\"define\",\"kind\":%d,\"name\":\"%s\"}\n", kind, name);
  return 0;
}
static void record(const tidegate_host* host, int32_t id, double value) {
  (void)host;
  (void)id;
  (void)value;
}
static int32_t emit(const tidegate_host* host, const tidegate_message* message,
                    const tidegate_output* output) {
  int grown = 0;
  (void)host;
#ifdef TIDEGATE_GROWN
  grown = TIDEGATE_HAS(output, grown) && output->grown == 7;
#endif
  printf("{\"call\":\"emit\",\"offset\":%lld,\"topic\":\"%.*s\",\"value\":\"%.*s\",\"grown\":%d}\n",
         (long long)message->offset, (int)output->topic.size, (const char*)output->topic.data,
         (int)output->value.size, (const char*)output->value.data, grown);
  return 0;
}

static tidegate_metrics metrics_table = {
    .struct_size = sizeof(tidegate_metrics), .define = define, .record = record};
static tidegate_emit emit_table = {.struct_size = sizeof(tidegate_emit), .emit = emit};

static const void* get_extension(const tidegate_host* host, const char* id) {
  (void)host;
  if (strcmp(id, TIDEGATE_EXTENSION_METRICS) == 0) return &metrics_table;
  if (strcmp(id, TIDEGATE_EXTENSION_EMIT) == 0) return &emit_table;
  return NULL;
}

static tidegate_host make_host(void) {
  tidegate_host host = {.struct_size = sizeof(tidegate_host),
                        .abi_minor = TIDEGATE_ABI_MINOR,
                        .host_version = "0.1.0",
                        .pipeline = "abi",
                        .log = log_line,
                        .log_enabled = log_enabled,
                        .headers = read_headers,
                        .get_extension = get_extension};
#ifdef TIDEGATE_GROWN
  host.grown = metrics_table.grown = emit_table.grown = 7;
#endif
  return host;
}

static tidegate_message make_message(size_t i) {
  tidegate_message message = {.struct_size = sizeof(tidegate_message),
                              .topic = {"orders", 6},
                              .key = {"key", 3},
                              .offset = (int64_t)i,
                              .timestamp_ms = -1,
                              .attempt = 1};
  if (kValues[i] != NULL) {
    message.value.data = kValues[i];
    message.value.size = strlen(kValues[i]);
  }
#ifdef TIDEGATE_GROWN
  message.grown = 7;
#endif
  return message;
}

struct answer {
  tidegate_result result;
  char reason[256];
};

static void clear(struct answer* answer) {
  memset(answer, 0, sizeof *answer);
  answer->result.struct_size = sizeof answer->result;
  answer->result.reason = answer->reason;
  answer->result.reason_capacity = sizeof answer->reason;
}

static void print(const char* call, size_t i, tidegate_status status, const struct answer* answer) {
  unsigned long long grown = 0;
#ifdef TIDEGATE_GROWN
  grown = answer->result.grown;
#endif
  printf(
      "{\"call\":\"%s\",\"offset\":%zu,\"status\":%d,\"delay_ms\":%u,\"reason\":\"%.*s\","
      "\"grown\":%llu}\n",
      call, i, status, answer->result.delay_ms, (int)answer->result.reason_size, answer->reason,
      grown);
}

static void handle_each(const tidegate_plugin* plugin, void* instance) {
  for (size_t i = 0; i < COUNT(kValues); ++i) {
    struct answer answer;
    const tidegate_message message = make_message(i);
    clear(&answer);
    print("handle", i, plugin->handle(instance, &message, &answer.result), &answer);
  }
}

static void handle_all(const tidegate_plugin* plugin, void* instance) {
  tidegate_message messages[COUNT(kValues)];
  const tidegate_message* views[COUNT(kValues)];
  struct answer answers[COUNT(kValues)];
  tidegate_result* results[COUNT(kValues)];
  tidegate_status statuses[COUNT(kValues)];
  for (size_t i = 0; i < COUNT(kValues); ++i) {
    messages[i] = make_message(i);
    views[i] = &messages[i];
    clear(&answers[i]);
    results[i] = &answers[i].result;
    statuses[i] = TIDEGATE_NOT_ATTEMPTED;
  }
  plugin->handle_batch(instance, views, COUNT(kValues), statuses, results);
  for (size_t i = 0; i < COUNT(kValues); ++i) print("batch", i, statuses[i], &answers[i]);
}

int main(int argc, char** argv) {
  const tidegate_host host = make_host();
  const tidegate_plugin* exported;
  tidegate_plugin plugin;
  struct answer error;
  void* library = argc == 3 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  void* instance;
  if (argc != 3) return 64;
  exported = library == NULL ? NULL : dlsym(library, TIDEGATE_ENTRY);
  if (exported == NULL) {
    fprintf(stderr, "refused: %s\n", dlerror());
    return 78;
  }
  memset(&plugin, 0, sizeof plugin);
  memcpy(&plugin, exported,
         exported->struct_size < sizeof plugin ? exported->struct_size : sizeof plugin);
#ifdef TIDEGATE_GROWN
  printf("{\"call\":\"table\",\"grown\":%llu}\n", (unsigned long long)plugin.grown);
#endif
  clear(&error);
  instance = plugin.create(&host, argv[2], strlen(argv[2]), &error.result);
  if (instance == NULL) {
    fprintf(stderr, "refused: %.*s\n", (int)error.result.reason_size, error.reason);
    return 78;
  }
  handle_each(&plugin, instance);
  if (plugin.handle_batch != NULL) handle_all(&plugin, instance);
  plugin.destroy(instance);
  return 0;
}
