/* SPDX-License-Identifier: MIT */
/* Gradients through the decodes of a decoder, on its engine. */
#ifndef VORDEC_CORE_DECODE_ADJOINT_H
#define VORDEC_CORE_DECODE_ADJOINT_H

#include "placement.h"
#include "state.h"

struct vordec_adjoint {
  struct placement place; /* the decoder's engine */
  const struct vordec_layout *layout;
  const struct vordec_adjoint_interface *interface;
  struct vordec_backend_adjoint *backend;
  uint32_t outputs, residuals; /* of the decoder, those that have gradients */
  size_t batch;
  uint32_t *kept; /* K of a batch's states */
};

/* The decoder's plan, as far as its transpose goes. */
struct vordec_plan_desc adjoint_describe_plan(const struct vordec_decoder *decoder);

#endif
