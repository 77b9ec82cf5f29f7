/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between a Tidegate host and a handler plugin: C ABI, major 1.
 * C11 and C++17; no includes beyond these two. C++ authors use <tidegate/plugin.hpp>.
 *
 * A plugin is a shared library that exports one constant table, `tidegate_plugin_v1`, and carries
 * an identity note (TIDEGATE_IDENTITY) that the host reads without running any plugin code.
 *
 * How it grows: a struct that may grow begins with struct_size, set by the side that fills it, and
 * only ever gets fields appended; the other side asks TIDEGATE_HAS() before it reads or writes a
 * field that was not in minor 0. Enumerations cross as fixed-width integers. No C++ type, exception
 * or allocation crosses: whoever allocates frees, text goes into a buffer that the reader of the
 * text owns.
 *
 * Thread tags used below:
 *   [slot]  the thread that calls handle: one at a time per instance unless TIDEGATE_THREAD_SAFE;
 *           calls for one instance may move between OS threads.
 *   [setup] the thread that calls create or destroy; never beside a call on the same instance.
 *   [any]   every thread, from the beginning of create until destroy has returned.
 */
#ifndef TIDEGATE_PLUGIN_H
#define TIDEGATE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDEGATE_ABI_MAJOR 1
#define TIDEGATE_ABI_MINOR 0

#define TIDEGATE_EXPORT __attribute__((visibility("default")))

/* Whether the side that filled *p knew the field f. REQUIRES: p points to a struct that begins with
 * struct_size. */
#define TIDEGATE_HAS(p, f) ((p)->struct_size >= offsetof(__typeof__(*(p)), f) + sizeof((p)->f))

/* Bytes owned by somebody else. data == NULL: absent (no key, tombstone), size is 0; size 0 with
 * data: empty. Frozen. */
typedef struct tidegate_bytes {
  const void* data;
  size_t size;
} tidegate_bytes;

/* One header. Names may repeat; value.data == NULL: a header without value. Frozen. */
typedef struct tidegate_header {
  tidegate_bytes name;
  tidegate_bytes value;
} tidegate_header;

/* One Kafka record. Owned by the host; valid, with all it points to, until the call returns. */
typedef struct tidegate_message {
  uint32_t struct_size;
  uint32_t flags;       /* TIDEGATE_MESSAGE_* */
  tidegate_bytes topic; /* where it was first read from, on retries too; UTF-8, never absent */
  tidegate_bytes key;
  tidegate_bytes value;
  int64_t offset;
  int64_t timestamp_ms; /* Unix time in milliseconds; -1: the message has none */
  int32_t partition;
  uint32_t attempt;     /* 1 at the first handler call for this message */
  uint64_t deadline_ns; /* CLOCK_MONOTONIC time by which the call should return; 0: none */
} tidegate_message;

/* A worker process died while this message was in its hands: it may be the cause. */
#define TIDEGATE_MESSAGE_SUSPECT 1u

/* What a handler call answers. */
typedef int32_t tidegate_status;
#define TIDEGATE_NOT_ATTEMPTED (-1) /* no answer: what the host fills in before handle_batch */
#define TIDEGATE_OK            0
#define TIDEGATE_FALSE         1 /* failed: a handler of the bool form returned false */
#define TIDEGATE_FAIL          2 /* failed, with a reason: the pipeline's retry policy decides */
#define TIDEGATE_RETRY_AFTER   3 /* failed; not again before result->delay_ms have passed */
#define TIDEGATE_DEAD_LETTER   4 /* failed for good: no retry */
#define TIDEGATE_DROP          5 /* knowingly skipped: finished, and counted as dropped */
#define TIDEGATE_PAUSE         6 /* not this message's fault: its partition waits delay_ms */
#define TIDEGATE_EXCEPTION     7 /* the call threw; result->reason is what() */

/* Room for an answer's details. Owned by the host, zeroed (but for its buffer) before each call. */
typedef struct tidegate_result {
  uint32_t struct_size;
  uint32_t delay_ms;        /* for RETRY_AFTER and PAUSE */
  char* reason;             /* the host's buffer: copy UTF-8 text into it, no NUL needed */
  uint32_t reason_capacity; /* its size in bytes */
  uint32_t reason_size;     /* how much of it was written; larger than the capacity is cut */
} tidegate_result;

/* Log levels of tidegate_host.log. */
#define TIDEGATE_LOG_ERROR 0
#define TIDEGATE_LOG_WARN  1
#define TIDEGATE_LOG_INFO  2
#define TIDEGATE_LOG_DEBUG 3

/* What the host offers. Valid from create until destroy has returned. */
typedef struct tidegate_host tidegate_host;
struct tidegate_host {
  uint32_t struct_size;
  uint32_t abi_minor;       /* the host's TIDEGATE_ABI_MINOR */
  void* context;            /* the host's own; leave it alone */
  const char* host_version; /* "0.1.0" */
  const char* pipeline;     /* name of the pipeline in the configuration */

  /* [any] Writes one log line; text is UTF-8, size bytes, copied. Never log keys, payloads or
   * secrets. */
  void (*log)(const tidegate_host* host, int32_t level, const char* text, size_t size);
  /* [any] 1 when a line of this level would be written, else 0. */
  int32_t (*log_enabled)(const tidegate_host* host, int32_t level);
  /* [slot] The message's headers, parsed at the first call; *headers is valid until the handler
   * call returns. Returns 0, or -1 when the message is not one of the running call's or its headers
   * are damaged (then *count is 0). */
  int32_t (*headers)(const tidegate_host* host, const tidegate_message* message,
                     const tidegate_header** headers, size_t* count);
  /* [any] An optional service by id ("tidegate.metrics/1"), or NULL when this host has it not. */
  const void* (*get_extension)(const tidegate_host* host, const char* id);
};

/* The table a plugin exports. */
typedef struct tidegate_plugin {
  uint32_t struct_size;
  uint32_t flags; /* TIDEGATE_THREAD_SAFE */

  /* [setup] Makes an instance. config: UTF-8 JSON object of the pipeline's plugin.config, size
   * bytes, valid during the call. Returns the instance, or NULL after writing error->reason.
   * Required. */
  void* (*create)(const tidegate_host* host, const char* config, size_t size,
                  tidegate_result* error);
  /* [setup] Ends an instance: join your threads, free everything. Required. */
  void (*destroy)(void* instance);
  /* [slot] Handles one message. Must not throw. Required. */
  tidegate_status (*handle)(void* instance, const tidegate_message* message,
                            tidegate_result* result);

  /* Optional from here: may be NULL or beyond struct_size. */

  /* [slot] Handles count messages; statuses[i] and *results[i] answer for *messages[i]. Statuses
   * come filled with TIDEGATE_NOT_ATTEMPTED; what keeps it is attempted again one by one through
   * handle. Returns TIDEGATE_OK, or TIDEGATE_EXCEPTION when the call ended early; then the reason
   * of the first unanswered message may say why. */
  tidegate_status (*handle_batch)(void* instance, const tidegate_message* const* messages,
                                  size_t count, tidegate_status* statuses,
                                  tidegate_result* const* results);
  /* [any] An optional service of the plugin by id, or NULL. */
  const void* (*get_extension)(void* instance, const char* id);
} tidegate_plugin;

/* Flag of a plugin: one instance may get concurrent calls from all slots; without it there is one
 * instance per slot. */
#define TIDEGATE_THREAD_SAFE 1u

/* Symbol of the exported table; it carries the ABI's major. A plugin defines it at file scope:
 *   const tidegate_plugin tidegate_plugin_v1 = {sizeof(tidegate_plugin), 0, create, ...}; */
#define TIDEGATE_ENTRY "tidegate_plugin_v1"
extern TIDEGATE_EXPORT const tidegate_plugin tidegate_plugin_v1;

/* Host service: metrics of the plugin's own, shown at /metrics as tidegate_plugin_<name> with the
 * label pipeline. */
#define TIDEGATE_EXTENSION_METRICS "tidegate.metrics/1"
#define TIDEGATE_METRIC_COUNTER    0 /* its name ends in _total */
#define TIDEGATE_METRIC_GAUGE      1
#define TIDEGATE_METRIC_HISTOGRAM  2 /* its name ends in _seconds or _bytes, for the buckets */
typedef struct tidegate_metrics {
  uint32_t struct_size;
  /* [setup] Only inside create, so that the number of series is bounded (64 per pipeline). name:
   * [a-z][a-z0-9_]*, ending as its kind asks; help: one line. The same name and kind from several
   * instances is one metric. Returns an id >= 0, or -1: refused, and the host logs why. */
  int32_t (*define)(const tidegate_host* host, int32_t kind, const char* name, const char* help);
  /* [any] Adds to a counter (value >= 0), sets a gauge, observes in a histogram. An unknown id is
   * ignored. */
  void (*record)(const tidegate_host* host, int32_t id, double value);
} tidegate_metrics;

/* Host service: messages of the handler's own for other topics. They are sent when the attempt is
 * answered TIDEGATE_OK, and only then; the message they belong to is finished when the brokers have
 * acknowledged them all (with exactly_once: when the transaction that holds them is committed). */
#define TIDEGATE_EXTENSION_EMIT "tidegate.emit/1"
typedef struct tidegate_output {
  uint32_t struct_size;
  int32_t partition;    /* -1: by the key's hash, any where there is no key */
  int64_t timestamp_ms; /* Unix time in milliseconds; -1: now */
  tidegate_bytes topic; /* of the pipeline's cluster; UTF-8, required */
  tidegate_bytes key;
  tidegate_bytes value;
  const tidegate_header* headers; /* NULL where there are none; names without NUL */
  size_t header_count;
} tidegate_output;
typedef struct tidegate_emit {
  uint32_t struct_size;
  /* [slot] Adds an output to `message`, one of those that the running call was given, in the order
   * of the calls. Everything is copied before it returns. Returns 0, or -1: refused, and then the
   * attempt has failed (kind emit), whatever the handler answers. The brokers may refuse an output
   * later (unknown topic, too large, not authorized): that fails the attempt likewise. */
  int32_t (*emit)(const tidegate_host* host, const tidegate_message* message,
                  const tidegate_output* output);
} tidegate_emit;

/* Identity of the plugin: an ELF note of owner "TIDEGATE", type 1, text lines of key=value. It
 * survives strip and section garbage collection. NAME and VERSION are string literals of letters,
 * digits, '.', '_', '-', '+', at most 64 each. TIDEGATE_NEEDS_MINOR is the lowest host minor the
 * plugin can run on; raise it only for a hard requirement. Use once, at file scope. */
#ifndef TIDEGATE_NEEDS_MINOR
#define TIDEGATE_NEEDS_MINOR 0
#endif
#define TIDEGATE_STRING_(x) #x
#define TIDEGATE_STRING(x)  TIDEGATE_STRING_(x)
#ifdef __clang__
#define TIDEGATE_COMPILER_ __VERSION__
#else
#define TIDEGATE_COMPILER_ "GCC " __VERSION__
#endif
/* clang-format off */
#define TIDEGATE_IDENTITY_TEXT_(NAME, VERSION)                                                  \
  "abi=" TIDEGATE_STRING(TIDEGATE_ABI_MAJOR) "." TIDEGATE_STRING(TIDEGATE_ABI_MINOR) "\n"       \
  "needs=" TIDEGATE_STRING(TIDEGATE_NEEDS_MINOR) "\n"                                           \
  "name=" NAME "\n"                                                                             \
  "version=" VERSION "\n"                                                                       \
  "compiler=" TIDEGATE_COMPILER_ "\n"
/* clang-format on */
#define TIDEGATE_IDENTITY(NAME, VERSION)                                                        \
  __attribute__((section(".note.tidegate"), used, aligned(4))) static const struct {            \
    uint32_t owner_size, text_size, type;                                                       \
    char owner[12];                                                                             \
    char text[sizeof(TIDEGATE_IDENTITY_TEXT_(NAME, VERSION))];                                  \
  } tidegate_identity_note = {9, sizeof(TIDEGATE_IDENTITY_TEXT_(NAME, VERSION)), 1, "TIDEGATE", \
                              TIDEGATE_IDENTITY_TEXT_(NAME, VERSION)}

#ifdef __cplusplus
}
#endif

#endif /* TIDEGATE_PLUGIN_H */
