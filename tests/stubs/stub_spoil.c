/* SPDX-License-Identifier: MIT */
#include "stub_spoil.h"

#include <math.h>
#include <unistd.h>

void stub_spoil_state(enum fault fault, const struct vordec_plan_desc *desc, double *z) {
  const uint32_t n = desc->n, m = desc->m;
  double *k = &z[2 * m + 3];
  if (fault == ROUNDS_K_UP) *k = ceil(*k);
  for (uint32_t i = 0; i < m && fault == NO_NYQUIST; i++) {
    if (2 * (desc->low_index[i] / n) == n || 2 * (desc->low_index[i] % n) == n) z[i] = z[m + i] = 0.0;
  }
  if (fault == FORGETS_LONE && m == 1 && 2 * (desc->low_index[0] % n) > n) z[0] = z[m] = 0.0;
}

void stub_spoil_fields(enum fault fault, bool adopted, uint32_t n, const struct vordec_decode_job *job) {
  static int times;
  const size_t cells = (size_t)n * n, all = job->count * cells;
  double *lp = job->omega_lp;
  times++;
  if (job->mask && fault == FORGETS_MASK) job->mask[all - 1] = 7;
  if (job->mask && job->scalars && fault == SEES_DUST && job->scalars[0].residual_absmax < 1e-13) job->mask[0] = 1;
  if (!lp) return;
  if (fault == WRITES_PAST) lp[all] = 1.0;
  if (fault == WRITES_BEFORE) lp[-1] = 1.0;
  if (fault == LEAVES_NAN) lp[all - 1] = NAN;
  for (size_t i = 0; i < all; i++) {
    if (fault == OFF_BY_A_LITTLE) lp[i] += 1e-9;
    if (fault == BATCH_SHOWS && job->count > 2) lp[i] *= 1.0 + 1e-15;
    if (fault == TIME_SHOWS && times % 3 == 0) lp[i] *= 1.0 + 1e-15;
  }
  if (fault == CHILD_SHOWS && adopted) lp[0] *= 1.0 + 1e-15;
  while (fault == HANG_IN_CHILD && adopted) pause();
  for (size_t i = (size_t)getpid() % cells; fault == PROCESS_SHOWS && i < all; i += cells) lp[i] *= 1.0 + 1e-15;
}

void stub_spoil_evidence(enum fault fault, struct vordec_evidence *evidence, double *stage_ms) {
  if (fault == COUNTS_NOTHING) evidence->dispatches_recorded = evidence->dispatches_completed = 0;
  if (fault == LOST_DISPATCH) evidence->dispatches_completed--;
  if (fault == OTHER_DEVICE) evidence->uuid[3] = 1;
  if (fault == TOO_LONG_STAGES) stage_ms[VORDEC_STAGE_MASK] = 1e6;
}

void stub_spoil_scalars(enum fault fault, const struct vordec_decode_job *job) {
  for (uint32_t i = 0; i < job->count && job->scalars; i++) {
    if (fault == WRONG_ENERGY) job->scalars[i].energy_lp *= 2.0;
    if (fault == HIDES_OVERFLOW) job->scalars[i].residual_absmax = 1.0;
    if (fault == HIDES_OVERFLOW) job->scalars[i].enstrophy_lp = 1.0;
  }
}
