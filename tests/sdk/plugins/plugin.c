/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin in C11, the contract and nothing else.
 * Answers: "bad" fails with a reason, a message without value is dropped, "headers" is ok when the
 * last header `trace` is "last", all else is ok. */
#include <stdlib.h>
#include <string.h>
#include <tidegate/plugin.h>

struct instance {
  const tidegate_host* host;
};

static int equals(tidegate_bytes bytes, const char* text) {
  return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static tidegate_status answer(tidegate_result* result, tidegate_status status, const char* reason) {
  size_t size = strlen(reason);
  if (size > result->reason_capacity) size = result->reason_capacity;
  memcpy(result->reason, reason, size);
  result->reason_size = (uint32_t)size;
  return status;
}

static void* create(const tidegate_host* host, const char* config, size_t size,
                    tidegate_result* error) {
  struct instance* self;
  (void)config;
  if (size > 2) { /* more than {} */
    answer(error, TIDEGATE_FAIL, "no configuration is known");
    return NULL;
  }
  self = malloc(sizeof *self);
  if (self != NULL) self->host = host;
  return self;
}

static void destroy(void* instance) { free(instance); }

static tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  const tidegate_host* host = ((struct instance*)instance)->host;
  const tidegate_header* headers = NULL;
  size_t count = 0;
  if (message->value.data == NULL) return answer(result, TIDEGATE_DROP, "tombstone");
  if (equals(message->value, "bad")) return answer(result, TIDEGATE_FAIL, "bad value");
  if (!equals(message->value, "headers")) return TIDEGATE_OK;
  if (host->headers(host, message, &headers, &count) != 0) return TIDEGATE_FALSE;
  while (count > 0 && !equals(headers[count - 1].name, "trace")) --count;
  return count > 0 && equals(headers[count - 1].value, "last") ? TIDEGATE_OK : TIDEGATE_FALSE;
}

const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), TIDEGATE_THREAD_SAFE, create, destroy, handle, NULL, NULL};

TIDEGATE_IDENTITY("c-example", "1.0.0");
