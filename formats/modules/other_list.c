/* SPDX-License-Identifier: MIT */
#include "other_list.h"

#include <string.h>

bool other_list_add(struct other_list *list, const char *name, const char *kind) {
  if (strlen(name) >= ARRAY_NAME_MAX || strlen(kind) >= ARRAY_NAME_MAX) return true;
  return name_list_add(&list->kinds, kind) && name_list_add(&list->names, name); /* no name is without a kind */
}

bool other_list_next(const struct other_list *list, size_t *at, char name[ARRAY_NAME_MAX], char kind[ARRAY_NAME_MAX]) {
  size_t same = *at;
  return name_list_next(&list->kinds, &same, kind) && name_list_next(&list->names, at, name);
}

void other_list_release(struct other_list *list) {
  name_list_release(&list->names);
  name_list_release(&list->kinds);
}
