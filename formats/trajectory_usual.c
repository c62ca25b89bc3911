/* SPDX-License-Identifier: MIT */
#include "trajectory_usual.h"

#include <string.h>
#include <strings.h>

/* `vo` is a vorticity beside other fields of the atmosphere, and a velocity beside `uo` in the ocean. */
static const struct trajectory_usual usual[] = {
    {"vorticity", NULL},
    {"omega", NULL},
    {"zeta", NULL},
    {"vort", NULL},
    {"\xcf\x89", NULL}, /* omega and zeta, as Julia's users write them */
    {"\xce\xb6", NULL},
    {"relative_vorticity", NULL},
    {"uo", "vo"},
    {"vo", NULL},
    {"u", "v"},
    {"vx", "vy"},
    {"ux", "uy"},
    {"u_x", "u_y"},
    {"v_x", "v_y"},
    {"vel_x", "vel_y"},
    {"velx", "vely"},
    {"velocity_x", "velocity_y"},
    {"x_velocity", "y_velocity"},
    {"u1", "u2"},
    {"ugrd", "vgrd"},
    {"water_u", "water_v"},
};

const struct trajectory_usual *trajectory_usual(size_t i) {
  return i < sizeof usual / sizeof *usual ? &usual[i] : NULL;
}

const char *trajectory_last_part(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

bool trajectory_usual_turned(const char *first, const char *second) {
  const char *own = trajectory_last_part(first), *other = trajectory_last_part(second);
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
    if (!usual[i].second || strcasecmp(own, usual[i].second) != 0) continue;
    if (strcasecmp(other, usual[i].first) == 0) return true;
  }
  return false;
}
