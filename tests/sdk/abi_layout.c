/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the size of every struct of the contract and the offset of every field, and the values of
 * its constants; compared with abi_layout.golden. */
#include <stdio.h>
#include <tidegate/plugin.h>

#define STRUCT(type) printf("%s %zu\n", #type, sizeof(type))
#define FIELD(type, field) \
  printf("%s.%s %zu+%zu\n", #type, #field, offsetof(type, field), sizeof(((type*)0)->field))
#define VALUE(constant) printf("%s %ld\n", #constant, (long)(constant))

static void structs(void) {
  STRUCT(tidegate_bytes);
  FIELD(tidegate_bytes, data);
  FIELD(tidegate_bytes, size);
  STRUCT(tidegate_header);
  FIELD(tidegate_header, name);
  FIELD(tidegate_header, value);
  STRUCT(tidegate_message);
  FIELD(tidegate_message, struct_size);
  FIELD(tidegate_message, flags);
  FIELD(tidegate_message, topic);
  FIELD(tidegate_message, key);
  FIELD(tidegate_message, value);
  FIELD(tidegate_message, offset);
  FIELD(tidegate_message, timestamp_ms);
  FIELD(tidegate_message, partition);
  FIELD(tidegate_message, attempt);
  FIELD(tidegate_message, deadline_ns);
  STRUCT(tidegate_result);
  FIELD(tidegate_result, struct_size);
  FIELD(tidegate_result, delay_ms);
  FIELD(tidegate_result, reason);
  FIELD(tidegate_result, reason_capacity);
  FIELD(tidegate_result, reason_size);
}

static void tables(void) {
  STRUCT(tidegate_host);
  FIELD(tidegate_host, struct_size);
  FIELD(tidegate_host, abi_minor);
  FIELD(tidegate_host, context);
  FIELD(tidegate_host, host_version);
  FIELD(tidegate_host, pipeline);
  FIELD(tidegate_host, log);
  FIELD(tidegate_host, log_enabled);
  FIELD(tidegate_host, headers);
  FIELD(tidegate_host, get_extension);
  STRUCT(tidegate_plugin);
  FIELD(tidegate_plugin, struct_size);
  FIELD(tidegate_plugin, flags);
  FIELD(tidegate_plugin, create);
  FIELD(tidegate_plugin, destroy);
  FIELD(tidegate_plugin, handle);
  FIELD(tidegate_plugin, handle_batch);
  FIELD(tidegate_plugin, get_extension);
  STRUCT(tidegate_metrics);
  FIELD(tidegate_metrics, struct_size);
  FIELD(tidegate_metrics, define);
  FIELD(tidegate_metrics, record);
  STRUCT(tidegate_output);
  FIELD(tidegate_output, struct_size);
  FIELD(tidegate_output, partition);
  FIELD(tidegate_output, timestamp_ms);
  FIELD(tidegate_output, topic);
  FIELD(tidegate_output, key);
  FIELD(tidegate_output, value);
  FIELD(tidegate_output, headers);
  FIELD(tidegate_output, header_count);
  STRUCT(tidegate_emit);
  FIELD(tidegate_emit, struct_size);
  FIELD(tidegate_emit, emit);
}

static void constants(void) {
  VALUE(TIDEGATE_ABI_MAJOR);
  VALUE(TIDEGATE_ABI_MINOR);
  VALUE(TIDEGATE_MESSAGE_SUSPECT);
  VALUE(TIDEGATE_NOT_ATTEMPTED);
  VALUE(TIDEGATE_OK);
  VALUE(TIDEGATE_FALSE);
  VALUE(TIDEGATE_FAIL);
  VALUE(TIDEGATE_RETRY_AFTER);
  VALUE(TIDEGATE_DEAD_LETTER);
  VALUE(TIDEGATE_DROP);
  VALUE(TIDEGATE_PAUSE);
  VALUE(TIDEGATE_EXCEPTION);
  VALUE(TIDEGATE_LOG_ERROR);
  VALUE(TIDEGATE_LOG_WARN);
  VALUE(TIDEGATE_LOG_INFO);
  VALUE(TIDEGATE_LOG_DEBUG);
  VALUE(TIDEGATE_THREAD_SAFE);
  VALUE(TIDEGATE_METRIC_COUNTER);
  VALUE(TIDEGATE_METRIC_GAUGE);
  VALUE(TIDEGATE_METRIC_HISTOGRAM);
  printf("TIDEGATE_ENTRY %s\n", TIDEGATE_ENTRY);
  printf("TIDEGATE_EXTENSION_METRICS %s\n", TIDEGATE_EXTENSION_METRICS);
  printf("TIDEGATE_EXTENSION_EMIT %s\n", TIDEGATE_EXTENSION_EMIT);
}

int main(void) {
  structs();
  tables();
  constants();
  return 0;
}
