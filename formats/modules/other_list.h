/* SPDX-License-Identifier: MIT */
/* What a file holds beside arrays of numbers: names, and words for what each is. */
#ifndef VORDEC_FORMATS_OTHER_LIST_H
#define VORDEC_FORMATS_OTHER_LIST_H

#include "name_list.h"

struct other_list {
  struct name_list names, kinds; /* of equal length */
};

/* False: no memory, or too many. A name that is too long to be said is left out. */
bool other_list_add(struct other_list *list, const char *name, const char *kind);
/* As array_source_next_other(). */
bool other_list_next(const struct other_list *list, size_t *at, char name[ARRAY_NAME_MAX], char kind[ARRAY_NAME_MAX]);
void other_list_release(struct other_list *list); /* accepts a zeroed one */

#endif
