/* SPDX-License-Identifier: MIT */
/* What crossed between the host and a device of its own, in bytes, as it was handed to a backend or came from it. */
#ifndef VORDEC_CORE_LINK_H
#define VORDEC_CORE_LINK_H

#include <vordec/types.h>

enum link_kind {
  LINK_OPERATORS_IN, /* in: to the device */
  LINK_STATES_IN,
  LINK_STATES_OUT, /* also what an encoder measured in a field, from which the host makes a state */
  LINK_FIELDS_IN,
  LINK_FIELDS_OUT,
  LINK_SUMS_OUT, /* moments, spectra, scalars */
  LINK_KINDS
};

struct link_bytes {
  uint64_t of[LINK_KINDS];
};

/* Nothing crosses if the device is the host. */
static inline void link_count(struct link_bytes *link, const struct vordec_device *device, enum link_kind kind,
                              size_t bytes) {
  if (device->type != VORDEC_DEVICE_HOST) link->of[kind] += bytes;
}

static inline void link_add(struct link_bytes *link, const struct link_bytes *more) {
  for (int i = 0; i < LINK_KINDS; i++) link->of[i] += more->of[i];
}

#endif
