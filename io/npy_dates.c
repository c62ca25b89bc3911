/* SPDX-License-Identifier: MIT */
#include "npy_dates.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A unit is size seconds, or one of so many parts of a second. */
static const struct {
  const char *name;
  double size, parts;
} units[] = {
    {"W", 604800, 1}, {"D", 86400, 1}, {"h", 3600, 1}, {"m", 60, 1},    {"s", 1, 1},
    {"ms", 1, 1e3},   {"us", 1, 1e6},  {"ns", 1, 1e9}, {"ps", 1, 1e12}, {"fs", 1, 1e15},
};

bool npy_dates_parse(const char *descr, struct npy_dates *dates) {
  *dates = (struct npy_dates){0};
  if (!descr[0] || !strchr("<>", descr[0]) || (descr[1] != 'M' && descr[1] != 'm')) return false;
  if (strncmp(descr + 2, "8[", 2) != 0) return false;
  const char *digits = descr + 4, *name = digits + strspn(digits, "0123456789");
  const size_t length = strcspn(name, "]");
  if (strcmp(name + length, "]") != 0 || name - digits > 9) return false;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    if (strlen(units[i].name) != length || strncmp(units[i].name, name, length) != 0) continue;
    dates->size = units[i].size * (name > digits ? (double)strtoul(digits, NULL, 10) : 1);
    dates->parts = units[i].parts;
  }
  dates->since = descr[1] == 'M';
  snprintf(dates->text, sizeof dates->text, "%s%s", dates->since ? "datetime64" : "timedelta64", descr + 3);
  return dates->size > 0;
}

void npy_dates_to_seconds(const struct npy_dates *dates, void *elements, size_t count) {
  unsigned char *bytes = elements;
  int64_t first = 0;
  if (dates->since && count) memcpy(&first, bytes, sizeof first);
  for (size_t i = 0; i < count; i++) {
    int64_t value, steps;
    memcpy(&value, bytes + i * sizeof value, sizeof value);
    const bool fits = !__builtin_sub_overflow(value, first, &steps);
    const double seconds = (fits ? (double)steps : (double)value - (double)first) * dates->size / dates->parts;
    const double kept = value == INT64_MIN || first == INT64_MIN ? (double)NAN : seconds;
    memcpy(bytes + i * sizeof value, &kept, sizeof kept);
  }
}
