/* SPDX-License-Identifier: MIT */
#include "trajectory_series.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

struct step_name {
  unsigned long long step;
  char name[ARRAY_NAME_MAX];
};

static int by_step(const void *a, const void *b) {
  const struct step_name *x = a, *y = b;
  return x->step < y->step ? -1 : x->step > y->step;
}

/* The steps of KEY/STEP; false: another name. */
static bool parse_step(const char *name, const char *key, unsigned long long *step) {
  const size_t length = strlen(key);
  char *end = NULL;
  if (strncmp(name, key, length) != 0 || name[length] != '/') return false;
  const char *digits = name + length + 1;
  if (*digits < '0' || *digits > '9') return false;
  *step = strtoull(digits, &end, 10);
  return !*end;
}

/* All of them, as they come. False: no memory. */
static bool collect(struct array_source *source, const char *key, struct step_name **found, size_t *count) {
  struct step_name next;
  size_t at = 0, room = 0;
  while (array_source_next(source, &at, next.name)) {
    if (!parse_step(next.name, key, &next.step)) continue;
    if (*count == room) {
      room = room ? 2 * room : 64;
      struct step_name *grown = realloc(*found, room * sizeof **found);
      if (!grown) return false;
      *found = grown;
    }
    (*found)[(*count)++] = next;
  }
  return true;
}

enum vordec_status trajectory_series_find(struct array_source *source, const char *key, char (**names)[ARRAY_NAME_MAX],
                                          size_t *count, struct vordec_error *error) {
  struct step_name *found = NULL;
  *count = 0;
  *names = NULL;
  if (collect(source, key, &found, count)) *names = calloc(*count ? *count : 1, sizeof **names);
  if (*names && *count) qsort(found, *count, sizeof *found, by_step);
  for (size_t i = 0; *names && i < *count; i++) memcpy((*names)[i], found[i].name, sizeof **names);
  free(found);
  if (*names) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: out of memory", source->path);
}
