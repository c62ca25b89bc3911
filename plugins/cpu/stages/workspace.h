/* SPDX-License-Identifier: MIT */
/*
 * workspace.h - work memory of one field on its way through the stages, and of the slots that work on it.
 */
#ifndef VORDEC_CPU_WORKSPACE_H
#define VORDEC_CPU_WORKSPACE_H

#include "cpu_ifft.h"
#include "cpu_mode_sums.h"
#include "numerics/majority.h"
#include "numerics/planes.h"
#include "numerics/smooth.h"

/*
 * Fields have grid.pitch doubles a row, masks grid.mask_pitch bytes. What lies where:
 *          scatter_lowk, ifft_lp          mask                   combine
 *   lp     omega_lp                       omega_lp               omega_lp
 *   spare  columns, or the whole spectrum smoothed along x       spectra of bands that are synthesised, kept modes'
 *                                                                columns or spectrum, then omega_hat
 *   other  spectrum of the columns        R = omega_lp - base    kept modes' field, then omega_hat's spectrum
 */
struct workspace {
  double *lp, *spare, *other;
  double *matrix; /* of the modes to be summed */
  uint64_t *bits; /* planes_words_of_field() */
  struct majority_masks masks;
  double *band[2]; /* synthesised, rows of n; NULL: not */
  double *row_sum; /* n partial sums, added up in the order of rows */
};

/* What determines how large a workspace is. */
struct workspace_size {
  struct grid grid;
  size_t spectrum_doubles; /* of an array that holds spectra as well as fields */
  size_t matrix_doubles;
  uint32_t bands; /* that are synthesised: VORDEC_RESIDUAL_MID, VORDEC_RESIDUAL_HIGH */
};

size_t workspace_bytes(const struct workspace_size *size);

/* False: no memory; workspace_destroy() frees what was made. */
bool workspace_create(struct workspace *work, struct memory *memory, const struct workspace_size *size);
void workspace_destroy(struct workspace *work, const struct memory_source *source);

/* What the slots of a team need for themselves: one entry of each for every slot. */
struct slots {
  struct smooth_slot *smooth;
  struct majority_slot *majority;
  struct planes_slot *planes;
  struct ifft_slot *ifft;
  struct mode_sums_slot *mode_sums;
  size_t *cells; /* counts of a slot's share */
};

/* The entries starting at number `first`. */
struct slots slots_from(const struct slots *slots, size_t first);

void slots_destroy(struct slots *slots, const struct memory_source *source, size_t count);

#endif
