/* SPDX-License-Identifier: MIT */
/*
 * host_layout.h - the shape of a state; a part of vordec.h, whose conventions hold here.
 */
#ifndef VORDEC_HOST_LAYOUT_H
#define VORDEC_HOST_LAYOUT_H

#include <vordec/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The grid is N x N, row-major, axis 0 = y, axis 1 = x, period 2 pi. A state is the vector of D = 2 M + 4 + 2 A doubles
 *   [ Re low (M) | Im low (M) | support_frac | resid_mid_E | resid_high_E | K | Re kept (K) | Im kept (K) | unused ]
 * with M modes in row-major order of mask_low and A = anchor_count. Coefficients are divided by N^2.
 */
struct vordec_layout_desc {
  size_t n;
  const uint8_t *mask_low;   /* n * n, non-zero: a low mode */
  const int64_t *anchor_idx; /* flat grid indices of the kept mid-band modes; may be NULL if anchor_count is 0 */
  size_t anchor_count;
  double k_cut, resid_mid_cut; /* band limits; NAN if the state does not give them */
};

/* The numbers of a layout. */
struct vordec_layout_info {
  size_t n, m, d, anchors;
  size_t mid_modes, high_modes; /* outside mask_low; mid: |k| <= resid_mid_cut. Both are 0 if resid_mid_cut is NAN */
  size_t max_kept;              /* K is clamped to 0 .. max_kept */
};

/* The shape of a state, checked. It does not change after it is made and may be shared between threads. */
struct vordec_layout;

/* Copies what it needs. E_INPUT names the entry that is wrong ("anchor_idx[3]: ..."). Any thread. */
VORDEC_API enum vordec_status vordec_layout_create(const struct vordec_layout_desc *desc, struct vordec_layout **layout,
                                                   struct vordec_error *error);
/* Accepts NULL. Decoders and metrics borrow the layout: destroy them first. Any thread, after all other calls on it. */
VORDEC_API void vordec_layout_destroy(struct vordec_layout *layout);
/* Says whether states store half of the modes: one of each conjugate pair, doubled. A plain decode gives the same
 * fields either way, but a synthesised residual depends on it: partners of low modes then count as low, and partners of
 * kept modes as kept. The value is false at first. A decoder uses the value from the time when it is made. Any thread,
 * while none makes a decoder for the layout. */
VORDEC_API void vordec_layout_set_half(struct vordec_layout *layout, bool half);
/* Fills *info. Any thread. */
VORDEC_API void vordec_layout_get(const struct vordec_layout *layout, struct vordec_layout_info *info);

/* Checks `count` states of D doubles: E_INPUT names the first non-finite entry. vordec_decode() does this by itself.
 * Any thread. */
VORDEC_API enum vordec_status vordec_layout_check(const struct vordec_layout *layout, const double *z, size_t count,
                                                  struct vordec_error *error);

#ifdef __cplusplus
}
#endif

#endif
