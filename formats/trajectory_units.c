/* SPDX-License-Identifier: MIT */
#include "trajectory_units.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <vordec/error.h>

#include "trajectory_usual.h"

struct unit {
  const char *name;
  double size;
};

/* The micro sign is U+00B5 or the letter U+03BC. */
static const struct unit times[] = {
    {"s", 1},
    {"sec", 1},
    {"secs", 1},
    {"second", 1},
    {"seconds", 1},
    {"week", 604800},
    {"weeks", 604800},
    {"d", 86400},
    {"day", 86400},
    {"days", 86400},
    {"h", 3600},
    {"hr", 3600},
    {"hrs", 3600},
    {"hour", 3600},
    {"hours", 3600},
    {"min", 60},
    {"mins", 60},
    {"minute", 60},
    {"minutes", 60},
    {"ms", 1e-3},
    {"msec", 1e-3},
    {"msecs", 1e-3},
    {"millisecond", 1e-3},
    {"milliseconds", 1e-3},
    {"us", 1e-6},
    {"usec", 1e-6},
    {"usecs", 1e-6},
    {"\xc2\xb5s", 1e-6},
    {"\xce\xbcs", 1e-6},
    {"microsecond", 1e-6},
    {"microseconds", 1e-6},
    {"ns", 1e-9},
    {"nsec", 1e-9},
    {"nsecs", 1e-9},
    {"nanosecond", 1e-9},
    {"nanoseconds", 1e-9},
};

static const struct unit lengths[] = {
    {"m", 1},     {"meter", 1},         {"meters", 1},         {"metre", 1},         {"metres", 1},
    {"km", 1e3},  {"kilometer", 1e3},   {"kilometers", 1e3},   {"kilometre", 1e3},   {"kilometres", 1e3},
    {"cm", 1e-2}, {"centimeter", 1e-2}, {"centimeters", 1e-2}, {"centimetre", 1e-2}, {"centimetres", 1e-2},
    {"mm", 1e-3}, {"millimeter", 1e-3}, {"millimeters", 1e-3}, {"millimetre", 1e-3}, {"millimetres", 1e-3},
};

static const char *const no_units[] = {
    "", "1", "-", "none", "unitless", "dimensionless", "nondimensional", "non-dimensional"};

/* The size of the unit of which a text begins with the name, so long; 0: it is not known. */
static double size_of(const struct unit *units, size_t count, const char *text, size_t length) {
  for (size_t i = 0; i < count; i++) {
    if (strlen(units[i].name) == length && strncasecmp(units[i].name, text, length) == 0) return units[i].size;
  }
  return 0;
}

static double size_of_time(const char *text, size_t length) {
  return size_of(times, sizeof times / sizeof *times, text, length);
}

static double size_of_length(const char *text) {
  return size_of(lengths, sizeof lengths / sizeof *lengths, text, strcspn(text, " */.^,"));
}

/* The time in the units of a velocity or vorticity, "m s-1", "1/day" or "s^{-1}", in seconds; 0: none is known. A
 * velocity in "ms-1" is one in metres per second, as people write it. */
static double time_of_rate(const char *text, bool velocity) {
  static const char between[] = " \t*/.,;:^()[]{}+-0123456789\xe2\xb7\xb9"; /* parts of U+207B, U+00B7, U+00B9, too */
  for (bool first = true; *(text += strspn(text, between)); first = false) {
    const size_t length = strcspn(text, between);
    const bool joined = first && velocity && length == 2 && strncmp(text, "ms", 2) == 0;
    const double size = joined ? 1 : size_of_time(text, length);
    if (size > 0) return size;
    text += length;
  }
  return 0;
}

static bool are_none(const char *units) {
  for (size_t i = 0; i < sizeof no_units / sizeof *no_units; i++) {
    if (strcasecmp(units, no_units[i]) == 0) return true;
  }
  return false;
}

/* The units of the frames, of the first of their arrays that has some; its name into *key. False: none has. */
static bool frames_units(struct array_source *source, const struct trajectory_layout *layout, const char **key,
                         char units[ARRAY_NAME_MAX]) {
  for (size_t i = 0; i < layout->arrays; i++) {
    *key = layout->key[i];
    if (array_source_text(source, *key, "units", 0, units)) return true;
  }
  return false;
}

enum vordec_status trajectory_units_components(struct array_source *source, const struct trajectory_layout *layout,
                                               struct vordec_error *error) {
  char u[ARRAY_NAME_MAX], v[ARRAY_NAME_MAX];
  if (layout->arrays < 2 || !array_source_text(source, layout->key[0], "units", 0, u) ||
      !array_source_text(source, layout->key[1], "units", 0, v)) {
    return VORDEC_OK;
  }
  const double lengths_of[2] = {size_of_length(u), size_of_length(v)};
  const double times_of[2] = {time_of_rate(u, true), time_of_rate(v, true)};
  const bool lengths_differ = lengths_of[0] > 0 && lengths_of[1] > 0 && lengths_of[0] != lengths_of[1];
  const bool times_differ = times_of[0] > 0 && times_of[1] > 0 && times_of[0] != times_of[1];
  if (!lengths_differ && !times_differ) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s is given in '%s', but %s in '%s'; save both of them in the same unit", source->path,
                     layout->key[0], u, layout->key[1], v);
}

/* Elsewhere an attribute of such a text says nothing of how the numbers are read. */
bool trajectory_units_are_dates(struct array_source *source, const char *name) {
  char units[ARRAY_NAME_MAX];
  if (strcmp(source->format, "npz") != 0 || !array_source_text(source, name, "units", 0, units)) return false;
  return strncmp(units, "datetime64", 10) == 0 || strncmp(units, "timedelta64", 11) == 0;
}

enum vordec_status trajectory_units_times(struct array_source *source, const struct trajectory_layout *layout,
                                          struct trajectory_time_units *units, struct vordec_error *error) {
  const char *key = layout->position[TRAJECTORY_T];
  const char *frames = layout->key[0];
  char own[ARRAY_NAME_MAX], rate[ARRAY_NAME_MAX];
  *units = (struct trajectory_time_units){.size = 1};
  if (!array_source_text(source, key, "units", 0, own) || are_none(own)) return VORDEC_OK;
  units->dates = trajectory_units_are_dates(source, key);
  if (units->dates) memcpy(units->text, own, sizeof own);
  if (units->dates) return VORDEC_OK;
  const double size = size_of_time(own, strcspn(own, " \t,.;(")); /* "hours, model time", "days since 2000-01-01" */
  const bool said = frames_units(source, layout, &frames, rate);
  const double other = said ? time_of_rate(rate, layout->velocity) : 0;
  if (size > 0 && other > 0 && other != 1) { /* times stay in the time of the field */
    if (size == other) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s is given in '%s', but %s in '%s'; both have to be in the same unit of time",
                       source->path, key, own, frames, rate);
  }
  if (size == 1) return VORDEC_OK;
  memcpy(units->text, own, sizeof own);
  if (size > 0) units->size = size;
  return VORDEC_OK;
}

/* Degrees that nobody calls so: a whole circle in radians is smaller. */
static bool are_wide_angles(const char *key, double side) {
  const char *name = trajectory_last_part(key);
  return side > 6.5 && (strncasecmp(name, "lon", 3) == 0 || strncasecmp(name, "lat", 3) == 0);
}

static bool are_angles(const char *units) {
  return strncasecmp(units, "degree", 6) == 0 || strcasecmp(units, "deg") == 0 || strcmp(units, "\xc2\xb0") == 0;
}

enum vordec_status trajectory_units_check(struct array_source *source, const struct trajectory_layout *layout,
                                          size_t which, double side, struct vordec_error *error) {
  const char *key = layout->position[which];
  const char *frames = layout->key[0];
  char units[ARRAY_NAME_MAX], velocity[ARRAY_NAME_MAX];
  const bool said = array_source_text(source, key, "units", 0, units);
  if (!said && are_wide_angles(key, side)) snprintf(units, sizeof units, "degrees");
  if (!said && !are_wide_angles(key, side)) return VORDEC_OK;
  if (are_angles(units)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "%s: %s: the positions are given in '%s', which is no length; say how large the box is with "
                       "--box L, in the length of the velocities where there are some",
                       source->path, key, units);
  }
  if (!layout->velocity || !frames_units(source, layout, &frames, velocity)) return VORDEC_OK;
  const double own = size_of_length(units), theirs = size_of_length(velocity);
  if (own == theirs || own == 0 || theirs == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: %s is given in '%s', but %s in '%s'; say how large the box is with --box L, in the length of "
                     "the velocities",
                     source->path, key, units, frames, velocity);
}
