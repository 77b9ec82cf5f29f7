/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that uses all of the contract of minor 0, and the header of that minor only: what it is
 * compiled into stands for the binaries that are out there. It is never adapted to a later header.
 *
 * What TIDEGATE_GROWN guards is for the simulated next minor (contract.py makes its header): each
 * struct that may grow has one field more, `grown`, and whoever fills the struct writes 7 there.
 *
 * Answers, by value: "bad" fails, absence and "mirror" are dropped, "retry" wants to wait 5 ms,
 * "headers" is ok when the last header `trace` is "last", "emit" sends its key to topic `out`,
 * "grown" fails with the names of the structs in which it saw the new field, all else is ok. */
#include <stdlib.h>
#include <string.h>
#include <tidegate/plugin.h>

struct instance {
  const tidegate_host* host;
  const tidegate_metrics* metrics;
  const tidegate_emit* emit;
  int32_t seen;
};

static int equals(tidegate_bytes bytes, const char* text) {
  return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static int contains(tidegate_bytes bytes, const char* text) {
  const char* data = bytes.data;
  const size_t size = strlen(text);
  for (size_t i = 0; i + size <= bytes.size; ++i) {
    if (memcmp(data + i, text, size) == 0) return 1;
  }
  return 0;
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
  static const char kReady[] = "abi plugin is ready";
  struct instance* self;
  if (size < 2 || config[0] != '{') {
    answer(error, TIDEGATE_FAIL, "the configuration is no object");
    return NULL;
  }
  self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->host = host;
  self->metrics = host->get_extension(host, TIDEGATE_EXTENSION_METRICS);
  self->emit = host->get_extension(host, TIDEGATE_EXTENSION_EMIT);
  self->seen = self->metrics == NULL ? -1
                                     : self->metrics->define(host, TIDEGATE_METRIC_COUNTER,
                                                             "abi_seen_total", "Messages seen.");
  if (host->log_enabled(host, TIDEGATE_LOG_INFO)) {
    host->log(host, TIDEGATE_LOG_INFO, kReady, sizeof kReady - 1);
  }
  return self;
}

static void destroy(void* instance) { free(instance); }

static tidegate_status check_headers(const struct instance* self, const tidegate_message* message) {
  const tidegate_header* headers = NULL;
  size_t count = 0;
  if (self->host->headers(self->host, message, &headers, &count) != 0) return TIDEGATE_FALSE;
  while (count > 0 && !equals(headers[count - 1].name, "trace")) --count;
  return count > 0 && equals(headers[count - 1].value, "last") ? TIDEGATE_OK : TIDEGATE_FALSE;
}

static tidegate_status emit(const struct instance* self, const tidegate_message* message) {
  tidegate_output output;
  memset(&output, 0, sizeof output);
  output.struct_size = sizeof output;
  output.partition = -1;
  output.timestamp_ms = -1;
  output.topic.data = "out";
  output.topic.size = 3;
  output.value = message->key;
#ifdef TIDEGATE_GROWN
  output.grown = 7;
#endif
  if (self->emit == NULL) return TIDEGATE_FALSE;
  return self->emit->emit(self->host, message, &output) == 0 ? TIDEGATE_OK : TIDEGATE_FALSE;
}

static tidegate_status tell_grown(const struct instance* self, const tidegate_message* message,
                                  tidegate_result* result) {
  char text[64] = "";
#ifdef TIDEGATE_GROWN
  if (TIDEGATE_HAS(self->host, grown) && self->host->grown == 7) strcat(text, "host ");
  if (TIDEGATE_HAS(message, grown) && message->grown == 7) strcat(text, "message ");
  if (TIDEGATE_HAS(self->metrics, grown) && self->metrics->grown == 7) strcat(text, "metrics ");
  if (TIDEGATE_HAS(self->emit, grown) && self->emit->grown == 7) strcat(text, "emit ");
  if (TIDEGATE_HAS(result, grown)) result->grown = 7;
#else
  (void)self;
  (void)message;
#endif
  return answer(result, TIDEGATE_FAIL, text);
}

static tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  const struct instance* self = instance;
  if (self->metrics != NULL) self->metrics->record(self->host, self->seen, 1);
  if (message->value.data == NULL) return answer(result, TIDEGATE_DROP, "tombstone");
  if (contains(message->value, "mirror")) return answer(result, TIDEGATE_DROP, "mirror");
  if (equals(message->value, "bad")) return answer(result, TIDEGATE_FAIL, "bad value");
  if (equals(message->value, "headers")) return check_headers(self, message);
  if (equals(message->value, "emit")) return emit(self, message);
  if (equals(message->value, "grown")) return tell_grown(self, message, result);
  if (!equals(message->value, "retry")) return TIDEGATE_OK;
  result->delay_ms = 5;
  return answer(result, TIDEGATE_RETRY_AFTER, "later");
}

static tidegate_status handle_batch(void* instance, const tidegate_message* const* messages,
                                    size_t count, tidegate_status* statuses,
                                    tidegate_result* const* results) {
  for (size_t i = 0; i < count; ++i) statuses[i] = handle(instance, messages[i], results[i]);
  return TIDEGATE_OK;
}

const tidegate_plugin tidegate_plugin_v1 = {
    .struct_size = sizeof(tidegate_plugin),
    .create = create,
    .destroy = destroy,
    .handle = handle,
    .handle_batch = handle_batch,
#ifdef TIDEGATE_GROWN
    .grown = 7,
#endif
};

TIDEGATE_IDENTITY("abi-plugin", "1.0.0");
