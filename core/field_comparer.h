/* SPDX-License-Identifier: MIT */
/* Keeps fields on the engine of a simulation or a decoder, and compares others with them. */
#ifndef VORDEC_CORE_FIELD_COMPARER_H
#define VORDEC_CORE_FIELD_COMPARER_H

#include "link.h"
#include "placement.h"

struct vordec_comparer {
  struct placement place;
  const struct vordec_compare_interface *interface;
  struct vordec_backend_comparer *backend;
  size_t n, fields, pairs, shells;
  struct link_bytes link;
};

#endif
