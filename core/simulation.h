/* SPDX-License-Identifier: MIT */
/* Simulations that advance together, on an engine of their own or on that of a decoder. */
#ifndef VORDEC_CORE_SIMULATION_H
#define VORDEC_CORE_SIMULATION_H

#include "link.h"
#include "placement.h"

struct vordec_simulation {
  struct placement place;
  const struct vordec_simulation_interface *interface;
  struct vordec_backend_simulation *members;
  struct vordec_simulation_desc desc;
  bool *set; /* for each member: it holds a field */
  uint64_t step;
  uint64_t slot_bytes; /* how much of the device's memory is in slots of its exports */
  struct link_bytes link;
};

/* E_USAGE: one of the members first .. first + count - 1 does not exist, or holds no field. */
enum vordec_status simulation_check_members(const struct vordec_simulation *simulation, size_t first, size_t count,
                                            struct vordec_error *error);

#endif
