/*
 * encode.h - vorticity fields to states.
 *
 * Of all modes, or of half of them (core/base/modes.h), whose coefficients are those below times modes_weight():
 * A state of D = 2 M + 4 + 2 K doubles:
 *   [ Re low (M) | Im low (M) | support_frac | resid_mid_E | resid_high_E | K | Re kept (K) | Im kept (K) ]
 * Low: the modes with |k| <= k_cut, FFT(omega) / N^2, in row-major order. With R = omega - smoothed omega and its
 * coefficients r_k = FFT(R) / N^2: kept are r_k at the anchors, K modes with k_cut < |k| <= resid_mid_cut;
 * resid_mid_E is the mean of |r_k|^2 over the other modes of that band, resid_high_E over those with |k| >
 * resid_mid_cut (0 over no modes); support_frac is the share of cells where the mask made from R is not 0. Bands are
 * decided on exact integers, and for the energies count whole pairs. Fields are n x n, row-major, axis 0 = y.
 */
#ifndef VORDEC_SCIENCE_ENCODE_H
#define VORDEC_SCIENCE_ENCODE_H

#include <vordec/types.h>

#include "core/base/mask_rim.h"
#include "core/base/modes.h"

struct encode_desc {
  size_t n;             /* 4 .. VORDEC_MAX_N */
  double k_cut;         /* >= 0 */
  double resid_mid_cut; /* >= k_cut */
  size_t topk_mid;      /* most modes to keep, of all of them: both of a pair count, whatever is stored */
  enum modes modes;

  uint32_t smooth_width; /* 1 .. n; odd where the window needs it */
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau; /* 0 < tau <= 1 */
  uint32_t majority_iters;
  uint32_t threads; /* 0: all; the results do not depend on it */
};

/* The width that suits a grid: 2 floor(11 n / 256) + 1, at least 3 and at most n: 11 of 128 cells, and the same share
 * of the box at every n. Odd for n >= 4. */
uint32_t encode_width(size_t n);

/* The rounds of the majority that suit a grid: n / 16, rounded, at least 8, the number that all states had up to
 * n = 128. A round carries the mask by a cell, so beyond they carry it over the same share of the box at every n. */
uint32_t encode_rounds(size_t n);

struct encode_info {
  size_t n, m, d, anchors;
  size_t mid_modes, high_modes;
  const uint8_t *mask_low;   /* n x n, 0 or 1; lives as long as the encoder */
  const int64_t *anchor_idx; /* flat indices, valid until they are chosen or set again; NULL: not yet chosen */
};

struct encoder;

/* E_INPUT names a parameter out of range; E_NO_MEMORY. One thread at a time per object. */
enum vordec_status encoder_create(const struct encode_desc *desc, struct encoder **encoder, struct vordec_error *error);
void encoder_destroy(struct encoder *encoder); /* accepts NULL */

/* Without anchors yet, info->anchors is the most that a choice can give: the lesser of topk_mid and mid_modes. With
 * all modes it is what it will give. */
void encoder_get(const struct encoder *encoder, struct encode_info *info);

/* Takes anchors as they are given, in that order: states hold the kept coefficients in it. E_INPUT: an index outside
 * the grid or the mid band, or twice; of half the modes also one whose partner is kept by another. */
enum vordec_status encoder_set_anchors(struct encoder *encoder, const int64_t *anchor_idx, size_t count,
                                       struct vordec_error *error);

/* Chooses as anchors the modes of the mid band with the largest |r_k|, of equal ones those with the lower flat index,
 * and holds what is stored of them in ascending order of the index. E_INPUT: a field that is not finite. */
enum vordec_status encoder_choose_anchors(struct encoder *encoder, const double *omega, struct vordec_error *error);

/* How the support of the frame that was encoded last lies. */
struct mask_rim encoder_rim(const struct encoder *encoder);

/* Fills z (D values). Chooses the anchors from this field if there are none. E_INPUT: a field that is not finite. */
enum vordec_status encoder_encode(struct encoder *encoder, const double *omega, double *z, struct vordec_error *error);

#endif
