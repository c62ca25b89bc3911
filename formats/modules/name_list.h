/* SPDX-License-Identifier: MIT */
/* Names of the arrays in a file, in the order in which they were added. */
#ifndef VORDEC_FORMATS_NAME_LIST_H
#define VORDEC_FORMATS_NAME_LIST_H

#include "formats/array_source.h"

#define NAME_LIST_MAX 65536u /* a file with more arrays is refused */

struct name_list {
  char (*names)[ARRAY_NAME_MAX];
  uint32_t *sorted; /* their indices, by the names; of equal ones the first comes first */
  size_t count, room;
};

/* False: no memory, or too many. A name that is too long to be said is left out. */
bool name_list_add(struct name_list *list, const char *name);
/* Index of the name; list->count: it is not there. */
size_t name_list_find(const struct name_list *list, const char *name);
/* Whether a name begins with the group's and a slash. */
bool name_list_has_in(const struct name_list *list, const char *group);
/* As array_source_next(). */
bool name_list_next(const struct name_list *list, size_t *at, char name[ARRAY_NAME_MAX]);
void name_list_release(struct name_list *list); /* accepts a zeroed one */

#endif
