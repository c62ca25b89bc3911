/* SPDX-License-Identifier: MIT */
#include "trajectory_usual.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* What CF calls them comes first. `vo` is a vorticity beside other fields of the atmosphere, and a velocity beside `uo`
 * in the ocean. */
static const struct trajectory_usual usual[] = {
    {"atmosphere_relative_vorticity", NULL},
    {"ocean_relative_vorticity", NULL},
    {"vorticity", NULL},
    {"omega", NULL},
    {"zeta", NULL},
    {"vort", NULL},
    {"\xcf\x89", NULL}, /* omega and zeta, as Julia's users write them */
    {"\xce\xb6", NULL},
    {"relative_vorticity", NULL},
    {"relative vorticity", NULL},
    {"vorticity_z", NULL},
    {"vertical_vorticity", NULL},
    {"vertical vorticity", NULL},
    {"omega_z", NULL},
    {"vort_z", NULL},
    {"vor_z", NULL},
    {"vor", NULL},
    {"rel_vort", NULL},
    {"rvort", NULL},
    {"curl", NULL},
    {"curl_z", NULL},
    {"curlz", NULL},
    {"uo", "vo"},
    {"vo", NULL},
    {"u", "v"},
    {"vx", "vy"},
    {"ux", "uy"},
    {"u_x", "u_y"},
    {"v_x", "v_y"},
    {"vel_x", "vel_y"},
    {"velx", "vely"},
    {"vel_u", "vel_v"},
    {"velocity_x", "velocity_y"},
    {"velocity_u", "velocity_v"},
    {"x_velocity", "y_velocity"},
    {"u_velocity", "v_velocity"},
    {"u1", "u2"},
    {"ugrd", "vgrd"},
    {"uvel", "vvel"},
    {"water_u", "water_v"},
    {"filtered_u", "filtered_v"},
    {"eastward_wind", "northward_wind"},
    {"x_wind", "y_wind"},
    {"eastward_velocity", "northward_velocity"},
    {"zonal_velocity", "meridional_velocity"},
    {"eastward_sea_water_velocity", "northward_sea_water_velocity"},
    {"sea_water_x_velocity", "sea_water_y_velocity"},
    {"rot", NULL}, /* these may be something else beside a velocity */
    {"rv", NULL},
    {"wz", NULL},
    {"w_z", NULL},
    {"xi", NULL},
    {"\xce\xbe", NULL},
};

const struct trajectory_usual *trajectory_usual(size_t i) {
  return i < ROWS(usual) ? &usual[i] : NULL;
}

const char *trajectory_last_part(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

bool trajectory_usual_step(const char *name) {
  const char *step = trajectory_last_part(name);
  return step != name && *step && step[strspn(step, "0123456789")] == '\0';
}

/* What an array is called, in three ways. */
struct titles {
  const char *name;
  char standard[ARRAY_NAME_MAX], given[ARRAY_NAME_MAX]; /* empty: none */
};

static void read_titles(struct array_source *source, const char *name, struct titles *titles) {
  titles->name = trajectory_last_part(name);
  if (!array_source_text(source, name, "standard_name", 0, titles->standard)) titles->standard[0] = '\0';
  if (!array_source_text(source, name, "long_name", 0, titles->given)) titles->given[0] = '\0';
}

static bool is_title(const struct titles *titles, const char *wanted) {
  return strcasecmp(titles->name, wanted) == 0 || strcasecmp(titles->standard, wanted) == 0 ||
         strcasecmp(titles->given, wanted) == 0;
}

bool trajectory_usual_is(struct array_source *source, const char *name, const char *wanted) {
  struct titles titles;
  read_titles(source, name, &titles);
  return is_title(&titles, wanted);
}

size_t trajectory_usual_row(struct array_source *source, const char *name) {
  struct titles titles;
  if (trajectory_usual_step(name)) return SIZE_MAX;
  read_titles(source, name, &titles);
  for (size_t i = 0; i < ROWS(usual); i++) {
    if (is_title(&titles, usual[i].first)) return i;
  }
  return SIZE_MAX;
}

bool trajectory_usual_vorticity(struct array_source *source, const char *name) {
  const size_t row = trajectory_usual_row(source, name);
  for (size_t i = 0; i <= row && i < ROWS(usual); i++) {
    if (usual[i].second) return false; /* names below may be something else */
  }
  return row < ROWS(usual) && !trajectory_usual_denies(source, name, NULL);
}

static bool ends_with(const char *name, const char *end) {
  const size_t length = strlen(name), own = strlen(end);
  return length > own && strcasecmp(name + length - own, end) == 0;
}

/* One of a velocity's two, by names that mean nothing else: `u` is also what a neural operator's users call a solution.
 */
static bool is_component(const char *name) {
  for (size_t i = 0; i < ROWS(usual); i++) {
    if (!usual[i].second) continue;
    if (strcasecmp(name, usual[i].second) == 0 && strcmp(usual[i].second, "vo") != 0) return true;
    if (strcasecmp(name, usual[i].first) == 0 && strcmp(usual[i].first, "u") != 0) return true;
  }
  return false;
}

bool trajectory_usual_denies(struct array_source *source, const char *name, char why[ARRAY_NAME_MAX]) {
  static const char *const others[] = {
      "m",     "m2",         "m^2",     "m**2",    "meter",   "metre",    "meters",    "metres",  "km",
      "cm",    "m s-1",      "m/s",     "m s^-1",  "m s**-1", "cm s-1",   "cm/s",      "m2 s-1",  "m^2 s-1",
      "m^2/s", "m**2 s**-1", "m3 s-1",  "Pa s-1",  "Pa/s",    "Pa s**-1", "Pa s^-1",   "Pa",      "hPa",
      "K",     "kelvin",     "degC",    "celsius", "kg m-3",  "kg/m^3",   "kg m**-3",  "kg kg-1", "kg kg**-1",
      "g/kg",  "psu",        "percent", "%",       "J kg-1",  "m2 s-2",   "m**2 s**-2"};
  static const char *const names[] = {"psi",      "\xcf\x88", "streamfunction", "stream_function",
                                      "pressure", "density",  "temperature"};
  char text[ARRAY_NAME_MAX];
  bool named = false;
  for (size_t i = 0; i < ROWS(names); i++) {
    named = named || strcasecmp(trajectory_last_part(name), names[i]) == 0;
  }
  if (named || is_component(trajectory_last_part(name))) {
    if (why) snprintf(why, ARRAY_NAME_MAX, "name");
    return true;
  }
  if (array_source_text(source, name, "standard_name", 0, text) && *text && !strstr(text, "vorticity")) {
    if (why) snprintf(why, ARRAY_NAME_MAX, "standard_name '%.200s'", text);
    return true;
  }
  if (!array_source_text(source, name, "units", 0, text)) return false;
  for (size_t i = 0; i < ROWS(others); i++) {
    if (strcmp(text, others[i]) != 0) continue;
    if (why) snprintf(why, ARRAY_NAME_MAX, "units '%.200s'", text);
    return true;
  }
  return false;
}

bool trajectory_usual_spectrum(const char *name) {
  static const char *const ends[] = {"hat", "_fft", "_ft", "_spec", "_spectrum", "_real", "_imag", "_re", "_im"};
  const char *own = trajectory_last_part(name);
  for (size_t i = 0; i < ROWS(ends); i++) {
    if (ends_with(own, ends[i])) return true;
  }
  return false;
}

bool trajectory_usual_turned(const char *first, const char *second) {
  const char *own = trajectory_last_part(first), *other = trajectory_last_part(second);
  for (size_t i = 0; i < ROWS(usual); i++) {
    if (!usual[i].second || strcasecmp(own, usual[i].second) != 0) continue;
    if (strcasecmp(other, usual[i].first) == 0) return true;
  }
  return false;
}
