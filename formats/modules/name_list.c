/* SPDX-License-Identifier: MIT */
#include "name_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct name_list *list) {
  const size_t room = list->room ? 2 * list->room : 16;
  void *names = realloc(list->names, room * sizeof *list->names);
  if (!names) return false;
  list->names = names;
  void *sorted = realloc(list->sorted, room * sizeof *list->sorted);
  if (!sorted) return false;
  list->sorted = sorted;
  list->room = room;
  return true;
}

/* How many names come before this one, or are equal to it where `equal` says so. */
static size_t rank(const struct name_list *list, const char *name, bool equal) {
  size_t first = 0, end = list->count;
  while (first < end) {
    const size_t middle = first + (end - first) / 2;
    const int order = strcmp(list->names[list->sorted[middle]], name);
    if (order < 0 || (equal && order == 0)) {
      first = middle + 1;
    } else {
      end = middle;
    }
  }
  return first;
}

bool name_list_add(struct name_list *list, const char *name) {
  const size_t length = strlen(name);
  if (length >= ARRAY_NAME_MAX) return true;
  if (list->count == NAME_LIST_MAX || (list->count == list->room && !grow(list))) return false;
  const size_t at = rank(list, name, true);
  memmove(list->sorted + at + 1, list->sorted + at, (list->count - at) * sizeof *list->sorted);
  list->sorted[at] = (uint32_t)list->count;
  memcpy(list->names[list->count++], name, length + 1);
  return true;
}

size_t name_list_find(const struct name_list *list, const char *name) {
  const size_t at = rank(list, name, false);
  return at < list->count && strcmp(list->names[list->sorted[at]], name) == 0 ? list->sorted[at] : list->count;
}

bool name_list_has_in(const struct name_list *list, const char *group) {
  char begins[ARRAY_NAME_MAX + 1];
  const int length = snprintf(begins, sizeof begins, "%s/", group);
  if (length >= ARRAY_NAME_MAX) return false; /* there are none as long */
  const size_t at = rank(list, begins, false);
  return at < list->count && strncmp(list->names[list->sorted[at]], begins, (size_t)length) == 0;
}

bool name_list_next(const struct name_list *list, size_t *at, char name[ARRAY_NAME_MAX]) {
  if (*at >= list->count) return false;
  memcpy(name, list->names[*at], strlen(list->names[*at]) + 1);
  (*at)++;
  return true;
}

void name_list_release(struct name_list *list) {
  free(list->names);
  free(list->sorted);
  *list = (struct name_list){0};
}
