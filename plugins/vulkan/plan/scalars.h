/* SPDX-License-Identifier: MIT */
/*
 * scalars.h - the host's share of the reductions.
 */
#ifndef VORDEC_VULKAN_SCALARS_H
#define VORDEC_VULKAN_SCALARS_H

#include "vulkan_plan.h"

/*
 * Folds the partial results of one place in the last chunk, in a fixed order and in double, and adds the energies from
 * the state's coefficients z; z NULL: the state was a rollout's, and the device has summed them. What the decode did
 * not compute is NAN: the energy of omega_hat with a residual in it, where N is too large for the device's shared
 * memory.
 */
struct vordec_scalars scalars_finish(const struct vordec_plan *plan, uint32_t place, const double *z, bool combined,
                                     uint32_t residual_set);

/* Reads what the device has scaled the bands to that it made. */
void scalars_band_targets(const struct vordec_plan *plan, uint32_t place, double energy[2]);

#endif
