#include "json_print.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/utf8.h"

static atomic_bool lacked;

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory) atomic_store(&lacked, true);
  return memory;
}

void json_watch_memory(void) {
  cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

void json_append(cJSON *list, cJSON *item) {
  if (!cJSON_AddItemToArray(list, item)) cJSON_Delete(item);
}

char *json_print(const cJSON *value, bool indented) {
  char *text = indented ? cJSON_Print(value) : cJSON_PrintUnformatted(value);
  if (!atomic_load(&lacked)) return utf8_mend(text);
  cJSON_free(text);
  return NULL;
}
