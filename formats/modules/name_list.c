/* SPDX-License-Identifier: MIT */
#include "name_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool name_list_add(struct name_list *list, const char *name) {
  const size_t length = strlen(name);
  if (length >= ARRAY_NAME_MAX) return true;
  if (list->count == NAME_LIST_MAX) return false;
  if (list->count == list->room) {
    const size_t room = list->room ? 2 * list->room : 16;
    void *grown = realloc(list->names, room * sizeof *list->names);
    if (!grown) return false;
    list->names = grown;
    list->room = room;
  }
  memcpy(list->names[list->count++], name, length + 1);
  return true;
}

size_t name_list_find(const struct name_list *list, const char *name) {
  size_t i = 0;
  while (i < list->count && strcmp(list->names[i], name) != 0) i++;
  return i;
}

bool name_list_next(const struct name_list *list, size_t *at, char name[ARRAY_NAME_MAX]) {
  if (*at >= list->count) return false;
  snprintf(name, ARRAY_NAME_MAX, "%s", list->names[(*at)++]);
  return true;
}

void name_list_release(struct name_list *list) {
  free(list->names);
  *list = (struct name_list){0};
}
