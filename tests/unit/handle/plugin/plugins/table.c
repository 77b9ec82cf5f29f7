/* SPDX-License-Identifier: Apache-2.0
 *
 * A table with one thing amiss; TABLE_* says which. */
#include <tidegate/plugin.h>

static int anything;

static void* create(const tidegate_host* host, const char* config, size_t size,
                    tidegate_result* error) {
  (void)host, (void)config, (void)size, (void)error;
  return &anything;
}
#ifdef TABLE_UNRESOLVED
void symbol_that_is_nowhere(void);
static void destroy(void* instance) {
  (void)instance;
  symbol_that_is_nowhere();
}
#else
static void destroy(void* instance) { (void)instance; }
#endif
static tidegate_status handle(void* instance, const tidegate_message* message,
                              tidegate_result* result) {
  (void)instance, (void)message, (void)result;
  return TIDEGATE_OK;
}

#if defined(TABLE_OLD) || defined(TABLE_SHORT)
/* As a plugin has it that was built when the table ended earlier. What lies behind must not be
 * read. */
struct old_table {
  uint32_t struct_size, flags;
  void* (*create)(const tidegate_host*, const char*, size_t, tidegate_result*);
  void (*destroy)(void*);
#ifdef TABLE_OLD
  tidegate_status (*handle)(void*, const tidegate_message*, tidegate_result*);
#endif
};
extern const struct old_table old_table __asm__("tidegate_plugin_v1") TIDEGATE_EXPORT;
#ifdef TABLE_OLD
const struct old_table old_table = {sizeof(struct old_table), 0, create, destroy, handle};
#else
const struct old_table old_table = {sizeof(struct old_table), 0, create, destroy};
tidegate_status (*const unused_handle)(void*, const tidegate_message*, tidegate_result*) = handle;
#endif
#elif defined(TABLE_SHORT_SIZE)
const tidegate_plugin tidegate_plugin_v1 = {24, 0, create, destroy, handle, NULL, NULL};
#elif defined(TABLE_NO_CREATE)
const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), 0, NULL, destroy, handle, NULL, NULL};
void* (*const unused_create)(const tidegate_host*, const char*, size_t, tidegate_result*) = create;
#elif defined(TABLE_NO_DESTROY)
const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), 0, create, NULL, handle, NULL, NULL};
void (*const unused_destroy)(void*) = destroy;
#elif defined(TABLE_NO_HANDLE)
const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), 0, create, destroy, NULL, NULL, NULL};
tidegate_status (*const unused_handle)(void*, const tidegate_message*, tidegate_result*) = handle;
#else
const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), 0, create, destroy, handle, NULL, NULL};
#endif

TIDEGATE_IDENTITY("table", "1.0.0");
