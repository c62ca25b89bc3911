/* SPDX-License-Identifier: MIT */
/* Makes states from vorticity fields, on an engine of its own or on that of a simulation or a decoder. */
#ifndef VORDEC_CORE_FIELD_ENCODER_H
#define VORDEC_CORE_FIELD_ENCODER_H

#include "encode_bands.h"
#include "link.h"
#include "mask_settings.h"
#include "placement.h"

struct vordec_encoder {
  struct placement place;
  const struct vordec_encode_interface *interface;
  struct vordec_backend_encoder *backend;
  struct encode_bands bands;
  struct mask_settings mask;
  size_t batch;
  double *low, *mid, *high, *support; /* of a batch, as measured */
  double *fields; /* room for a batch of fields, copied from a simulation elsewhere; NULL: not needed yet */
  struct link_bytes link;
};

#endif
