/* SPDX-License-Identifier: MIT */
/*
 * diagnostics.h - energies, enstrophies and the mask's share of the grid.
 */
#ifndef VORDEC_CPU_DIAGNOSTICS_H
#define VORDEC_CPU_DIAGNOSTICS_H

#include "field.h"

/* Fills energy_lp, enstrophy_lp and support_frac from the state, work->lp and work->mask. */
void diagnose_lp(struct field *field, struct vordec_scalars *scalars);

/* Fills energy_hat and enstrophy_hat from omega_hat in work->spare; work->other is overwritten. */
void diagnose_hat(struct field *field, struct vordec_scalars *scalars);

#endif
