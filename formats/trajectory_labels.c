/* SPDX-License-Identifier: MIT */
#include "trajectory_labels.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trajectory_layout_fill.h"
#include "trajectory_line.h"
#include "trajectory_usual.h"

/* Along y first, in the words of labels. */
static bool are_turned(const char *first, const char *second) {
  static const char *const pairs[][2] = {{"y", "x"}, {"1", "0"}, {"northward", "eastward"}, {"meridional", "zonal"}};
  if (trajectory_usual_turned(first, second)) return true;
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    if (strcasecmp(first, pairs[i][0]) == 0 && strcasecmp(second, pairs[i][1]) == 0) return true;
  }
  return false;
}

/* One text with both names in it, and no third: a list of axes, "y, x, c", says nothing of components. */
static bool list_is_turned(char *text) {
  static const char between[] = " ,;()[]'\"";
  char *rest = NULL;
  const char *first = strtok_r(text, between, &rest), *second = first ? strtok_r(NULL, between, &rest) : NULL;
  return second && !strtok_r(NULL, between, &rest) && are_turned(first, second);
}

/* Two texts, or one with both names in it. */
static bool texts_are_turned(struct array_source *source, const char *name, const char *attribute) {
  char first[ARRAY_NAME_MAX], second[ARRAY_NAME_MAX], third[ARRAY_NAME_MAX];
  if (!array_source_text(source, name, attribute, 0, first)) return false;
  if (!array_source_text(source, name, attribute, 1, second)) return list_is_turned(first);
  return !array_source_text(source, name, attribute, 2, third) && are_turned(first, second);
}

/* The numbers of the components, from the larger one to the smaller one. */
static bool numbers_fall(struct array_source *source, const char *name) {
  struct trajectory_line line;
  struct vordec_error ignored;
  if (!array_source_has(source, name) || trajectory_line_read(source, name, 0, 0, &line, &ignored)) return false;
  const bool fall = line.count == 2 && line.values && line.values[0] > line.values[1];
  free(line.values);
  return fall;
}

bool trajectory_labels_turned(struct array_source *source, const struct trajectory_layout *layout) {
  static const char *const attributes[] = {"components", "component_names", "channels", "channel_names",
                                           "labels",     "fields",          "variables"};
  const char *key = layout->key[0], *axis = strchr(layout->axes, 'c');
  char name[ARRAY_NAME_MAX];
  if (!axis || layout->arrays != 1) return false;
  array_source_axis_name(source, key, (uint32_t)(axis - layout->axes), name);
  if (name[0] && (texts_are_turned(source, name, ARRAY_SOURCE_CONTENT) || numbers_fall(source, name))) return true;
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
    if (texts_are_turned(source, key, attributes[i])) return true;
    layout_beside(source, layout, attributes[i], name);
    if (texts_are_turned(source, name, ARRAY_SOURCE_CONTENT)) return true;
  }
  return false;
}
