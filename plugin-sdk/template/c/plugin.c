/* SPDX-License-Identifier: Apache-2.0 */
/* A handler with state, configuration and a metric. It accepts a message whose value is not longer
 * than a limit; replace handle() by what your messages need. */
#include <stdlib.h>
#include <string.h>
#include <tidegate/plugin.h>

struct instance {
  const tidegate_host* host;
  const tidegate_metrics* metrics; /* NULL where the host has none */
  int32_t value_bytes;
  size_t max_bytes;
};

/* Answers with a reason, which is copied into the host's buffer. */
static tidegate_status answer(tidegate_result* result, tidegate_status status, const char* reason) {
  size_t size = strlen(reason);
  if (size > result->reason_capacity) size = result->reason_capacity;
  memcpy(result->reason, reason, size);
  result->reason_size = (uint32_t)size;
  return status;
}

/* Reads {"max_bytes": 1000}; returns 0 where it is no number. For more than a number take a JSON
 * library: a plugin may use any. */
static int parse_max_bytes(const char* config, size_t size, size_t* max_bytes) {
  static const char kKey[] = "\"max_bytes\":";
  char text[1024]; /* with a NUL at its end, which config has not */
  const char* number;
  char* end;
  if (size >= sizeof text) return 0;
  memcpy(text, config, size);
  text[size] = '\0';
  number = strstr(text, kKey);
  *max_bytes = 1000000;
  if (number == NULL) return 1;
  number += sizeof kKey - 1;
  *max_bytes = strtoul(number, &end, 10);
  return end != number;
}

/* NULL here stops the pipeline from starting; the operator reads the reason. */
static void* create(const tidegate_host* host, const char* config, size_t size,
                    tidegate_result* error) {
  struct instance* self = calloc(1, sizeof *self);
  if (self == NULL) {
    answer(error, TIDEGATE_FAIL, "out of memory");
    return NULL;
  }
  if (!parse_max_bytes(config, size, &self->max_bytes)) {
    answer(error, TIDEGATE_FAIL, "max_bytes: a whole number is needed");
    free(self);
    return NULL;
  }
  self->host = host;
  self->metrics = host->get_extension(host, TIDEGATE_EXTENSION_METRICS);
  if (self->metrics != NULL) {
    self->value_bytes =
        self->metrics->define(host, TIDEGATE_METRIC_HISTOGRAM, "my_plugin_value_bytes",
                              "Size of the values that were accepted.");
  }
  return self;
}

static void destroy(void* instance) { free(instance); }

/* One call at a time per instance, and one instance per handler slot: no lock is needed. */
static tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  const struct instance* self = instance;
  if (message->value.data == NULL) return answer(result, TIDEGATE_DROP, "a tombstone");
  if (message->value.size > self->max_bytes) {
    return answer(result, TIDEGATE_DEAD_LETTER, "too large");
  }
  /* Do your work here. */
  if (self->metrics != NULL) {
    self->metrics->record(self->host, self->value_bytes, (double)message->value.size);
  }
  return TIDEGATE_OK;
}

/* By name, so that the fields of a later SDK are null. */
const tidegate_plugin tidegate_plugin_v1 = {
    .struct_size = sizeof(tidegate_plugin),
    .create = create,
    .destroy = destroy,
    .handle = handle,
};

TIDEGATE_IDENTITY("my-plugin", "0.1.0");
