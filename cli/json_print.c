/* SPDX-License-Identifier: MIT */
#include "json_print.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/number_text.h"
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

void json_make_exact(cJSON *value) {
  for (cJSON *item = value ? value->child : NULL; item; item = item->next) {
    if (!cJSON_IsNumber(item)) {
      json_make_exact(item);
      continue;
    }
    char text[NUMBER_TEXT_MAX];
    number_text(item->valuedouble, text);
    item->valuestring = strdup(text);
    if (!item->valuestring) atomic_store(&lacked, true);
    item->type = (int)((unsigned)item->type & ~0xffu) | cJSON_Raw;
  }
}

char *json_print(const cJSON *value, bool indented) {
  char *text = indented ? cJSON_Print(value) : cJSON_PrintUnformatted(value);
  if (!atomic_load(&lacked)) return utf8_mend(text);
  cJSON_free(text);
  return NULL;
}
