/* SPDX-License-Identifier: Apache-2.0 */
/* Accepts messages whose header `kind` is "order", and drops all others. One instance serves all
 * slots at once: it changes nothing after create. */
#include <stdlib.h>
#include <string.h>
#include <tidegate/plugin.h>

static int equals(tidegate_bytes bytes, const char* text) {
  return bytes.data != NULL && bytes.size == strlen(text) &&
         memcmp(bytes.data, text, bytes.size) == 0;
}

/* Answers with a reason: copied into the host's buffer, cut to its size. */
static tidegate_status answer(tidegate_result* result, tidegate_status status, const char* reason) {
  size_t size = strlen(reason);
  if (size > result->reason_capacity) size = result->reason_capacity;
  memcpy(result->reason, reason, size);
  result->reason_size = (uint32_t)size;
  return status;
}

static void* create(const tidegate_host* host, const char* config, size_t size,
                    tidegate_result* error) {
  static const char kReady[] = "filter is ready";
  const tidegate_host** self;
  (void)config;
  if (size > 2) { /* more than {}: what nobody reads is an error */
    answer(error, TIDEGATE_FAIL, "filter takes no configuration");
    return NULL;
  }
  self = malloc(sizeof *self);
  if (self == NULL) return NULL;
  *self = host;
  host->log(host, TIDEGATE_LOG_INFO, kReady, sizeof kReady - 1);
  return self;
}

static void destroy(void* instance) { free(instance); }

static tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  const tidegate_host* host = *(const tidegate_host**)instance;
  const tidegate_header* headers = NULL;
  size_t count = 0;
  if (host->headers(host, message, &headers, &count) != 0) {
    return answer(result, TIDEGATE_DEAD_LETTER, "its headers cannot be read");
  }
  for (size_t i = 0; i < count; ++i) {
    if (equals(headers[i].name, "kind") && equals(headers[i].value, "order")) return TIDEGATE_OK;
  }
  return answer(result, TIDEGATE_DROP, "no order");
}

const tidegate_plugin tidegate_plugin_v1 = {
    .struct_size = sizeof(tidegate_plugin),
    .flags = TIDEGATE_THREAD_SAFE,
    .create = create,
    .destroy = destroy,
    .handle = handle,
};

TIDEGATE_IDENTITY("filter", "1.0.0");
