/* SPDX-License-Identifier: MIT */
/* The shape of a state: which grid cells its coefficients belong to. */
#ifndef VORDEC_CORE_STATE_H
#define VORDEC_CORE_STATE_H

#include <vordec/vordec.h>

struct vordec_layout {
  struct vordec_layout_info info;
  uint32_t *low_index;    /* m flat indices, ascending */
  uint32_t *anchor_index; /* in the state's order */
  double resid_mid_cut;   /* NAN: the state does not say */
  bool half;              /* states store half the modes */
};

/* Does what vordec_layout_check() does for `count` states at z, which messages number from `first` on. */
enum vordec_status layout_check_states(const struct vordec_layout *layout, const double *z, size_t first, size_t count,
                                       struct vordec_error *error);

#endif
