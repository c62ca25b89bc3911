/* SPDX-License-Identifier: MIT */
#include "trajectory_units.h"

#include <string.h>
#include <strings.h>
#include <vordec/error.h>

struct unit {
  const char *name;
  double size;
};

static const struct unit times[] = {
    {"d", 86400},           {"day", 86400},        {"days", 86400},        {"h", 3600},          {"hr", 3600},
    {"hrs", 3600},          {"hour", 3600},        {"hours", 3600},        {"min", 60},          {"mins", 60},
    {"minute", 60},         {"minutes", 60},       {"ms", 1e-3},           {"msec", 1e-3},       {"millisecond", 1e-3},
    {"milliseconds", 1e-3}, {"microsecond", 1e-6}, {"microseconds", 1e-6}, {"nanosecond", 1e-9}, {"nanoseconds", 1e-9},
};

static const struct unit lengths[] = {
    {"m", 1},     {"meter", 1},         {"meters", 1},         {"metre", 1},         {"metres", 1},
    {"km", 1e3},  {"kilometer", 1e3},   {"kilometers", 1e3},   {"kilometre", 1e3},   {"kilometres", 1e3},
    {"cm", 1e-2}, {"centimeter", 1e-2}, {"centimeters", 1e-2}, {"centimetre", 1e-2}, {"centimetres", 1e-2},
    {"mm", 1e-3}, {"millimeter", 1e-3}, {"millimeters", 1e-3}, {"millimetre", 1e-3}, {"millimetres", 1e-3},
};

/* The size of the unit that a text begins with; 0: it is not known. */
static double size_of(const struct unit *units, size_t count, const char *text) {
  const size_t length = strcspn(text, " */.^");
  for (size_t i = 0; i < count; i++) {
    if (strlen(units[i].name) == length && strncasecmp(units[i].name, text, length) == 0) return units[i].size;
  }
  return 0;
}

double trajectory_units_time(struct array_source *source, const char *key, char units[ARRAY_NAME_MAX]) {
  units[0] = '\0';
  if (!array_source_text(source, key, "units", 0, units)) return 1;
  const double size = size_of(times, sizeof times / sizeof *times, units);
  return size > 0 ? size : 1;
}

static bool are_angles(const char *units) {
  return strncasecmp(units, "degree", 6) == 0 || strcasecmp(units, "deg") == 0 || strcmp(units, "\xc2\xb0") == 0;
}

enum vordec_status trajectory_units_check(struct array_source *source, const struct trajectory_layout *layout,
                                          size_t which, struct vordec_error *error) {
  const char *key = layout->position[which];
  char units[ARRAY_NAME_MAX], velocity[ARRAY_NAME_MAX];
  if (!array_source_text(source, key, "units", 0, units)) return VORDEC_OK;
  if (are_angles(units)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: the positions are given in '%s', which is no length; say how large the box is with "
                       "--box L, in the length of the velocities where there are some",
                       source->path, key, units);
  }
  if (!layout->velocity || !array_source_text(source, layout->key[0], "units", 0, velocity)) return VORDEC_OK;
  const double own = size_of(lengths, sizeof lengths / sizeof *lengths, units);
  const double theirs = size_of(lengths, sizeof lengths / sizeof *lengths, velocity);
  if (own == theirs || own == 0 || theirs == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s is given in '%s', but %s in '%s'; say how large the box is with --box L, in the length of "
                     "the velocities",
                     source->path, key, units, layout->key[0], velocity);
}
