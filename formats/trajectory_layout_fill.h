/* SPDX-License-Identifier: MIT */
/* What those share who fill in a layout. */
#ifndef VORDEC_FORMATS_TRAJECTORY_LAYOUT_FILL_H
#define VORDEC_FORMATS_TRAJECTORY_LAYOUT_FILL_H

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "trajectory_layout.h"

static inline void layout_set_text(char *to, size_t size, const char *from) {
  const size_t length = strlen(from), kept = length < size ? length : size - 1;
  memcpy(to, from, kept);
  to[kept] = '\0';
}

static inline void layout_set_key(struct trajectory_layout *layout, size_t which, const char *key) {
  layout_set_text(layout->key[which], sizeof layout->key[which], key);
  if (layout->arrays <= which) layout->arrays = which + 1;
}

/* Where there is an array of that name. */
static inline void layout_set_position(struct trajectory_layout *layout, struct array_source *source, size_t which,
                                       const char *name) {
  if (array_source_has(source, name)) {
    layout_set_text(layout->position[which], sizeof layout->position[which], name);
  }
}

/* False: there is no such array of numbers. */
static inline bool layout_describe(struct array_source *source, const char *name, struct npy_form *form) {
  struct vordec_error ignored;
  return array_source_has(source, name) && array_source_describe(source, name, form, &ignored) == VORDEC_OK;
}

/* The path of an array beside the frames in their group, or struct; where there is none, the name itself. */
static inline const char *layout_beside(struct array_source *source, const struct trajectory_layout *layout,
                                        const char *name, char path[ARRAY_NAME_MAX]) {
  const char *key = layout->key[0], *slash = strrchr(key, '/');
  char beside[2 * ARRAY_NAME_MAX];
  snprintf(beside, sizeof beside, "%.*s%s", slash ? (int)(slash - key) + 1 : 0, key, name);
  layout_set_text(path, ARRAY_NAME_MAX, array_source_has(source, beside) ? beside : name);
  return path;
}

/* jax-cfd says where in its cell a component stands; the file's positions are those of the cells' centres. */
static inline void layout_read_shift(struct array_source *source, const char *key, double shift[2]) {
  double values[2];
  if (array_source_attribute(source, key, "offset", values, 2) != 2) return;
  for (size_t i = 0; i < 2; i++) shift[i] = values[i] - 0.5;
}

#endif
