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
  uint32_t outputs, residuals; /* of the decoder's outputs, those that have gradients */
  size_t batch;
  uint32_t *kept; /* K of a batch's states */
};

/* The description of the decoder's plan, as far as its transpose needs it. */
struct vordec_plan_desc adjoint_describe_plan(const struct vordec_decoder *decoder);
/* E_USAGE: the decoder makes no field that has gradients, or was made in another process. */
enum vordec_status adjoint_check_decoder(const struct vordec_decoder *decoder, struct vordec_error *error);
/* Made on the decoder's engine, which it retains. */
struct placement adjoint_place(const struct vordec_decoder *decoder, const struct vordec_plan_desc *desc);

/* The create() of either version of the interface. */
typedef enum vordec_status (*adjoint_create_fn)(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                                struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                                struct vordec_error *error);
/* Called within a call on the engine: makes what the backend keeps, and checks what it claims. *backend: NULL if there
 * is nothing to destroy. */
enum vordec_status adjoint_make_backend(struct placement *place, adjoint_create_fn create,
                                        const struct vordec_plan_desc *desc, struct vordec_backend_adjoint **backend,
                                        struct vordec_error *error);

#endif
