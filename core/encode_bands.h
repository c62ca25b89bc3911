/* SPDX-License-Identifier: MIT */
/* Which modes a state is made of, and how a state is put together from what was measured in a field. */
#ifndef VORDEC_CORE_ENCODE_BANDS_H
#define VORDEC_CORE_ENCODE_BANDS_H

#include <vordec/vordec.h>

#include "core/base/modes.h"

/* A coefficient of a state: which measured coefficient it is made from, and how. */
struct encode_stored {
  uint32_t pair;
  bool mirrored; /* the conjugate */
  double weight;
};

/* A mode of the mid band and its |r_k|^2. */
struct encode_candidate {
  double magnitude;
  int64_t index;
};

struct encode_bands {
  size_t n, m, topk;
  enum modes modes;
  size_t mid_modes, high_modes; /* both of a pair */
  uint32_t low_pairs, mid_pairs;
  uint32_t *low_index, *mid_index; /* the lower flat index of each pair, ascending */
  uint8_t *mask_low;               /* n x n */
  struct encode_stored *low;       /* m */

  size_t anchors, kept; /* kept modes, of which there may be more than anchors */
  bool chosen;
  int64_t *anchor; /* mid_modes entries, of which the first `anchors` are in use; the same holds for kept_at */
  struct encode_stored *kept_at;
  uint8_t *taken; /* for each mid pair, as bits: its lower mode is kept; its higher mode is kept */
  struct encode_candidate *candidates;
};

/* E_INPUT names a parameter that is out of range; E_NO_MEMORY. */
enum vordec_status encode_bands_create(const struct vordec_encoder_desc *desc, struct encode_bands *bands,
                                       struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void encode_bands_destroy(struct encode_bands *bands);

/* Does what vordec_encoder_set_anchors() does. */
enum vordec_status encode_bands_set_anchors(struct encode_bands *bands, const int64_t *anchor_idx, size_t count,
                                            struct vordec_error *error);

/* Chooses the anchors by `mid`, the r_k of each mid pair: real and imaginary part. */
void encode_bands_choose(struct encode_bands *bands, const double *mid);

/* What was measured in a field, as vordec/backend.h defines it ("vordec.encode/1"). */
struct encode_measured {
  const double *low, *mid;
  double high, support;
};

/* Writes a state of 2 m + 4 + 2 anchors doubles. The anchors have been chosen. */
void encode_bands_assemble(const struct encode_bands *bands, const struct encode_measured *measured, double *z);

#endif
