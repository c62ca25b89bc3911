/* SPDX-License-Identifier: MIT */
#include "reference_adjoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double *add_fields(const double *one, const double *other, size_t cells) {
  double *sum = calloc(cells, sizeof *sum);
  if (!sum) abort();
  for (size_t i = 0; i < cells; i++) sum[i] = (one ? one[i] : 0.0) + (other ? other[i] : 0.0);
  return sum;
}

/* d/d Re c and d/d Im c of sum_x f(x) Re(c exp(i k.x)). */
static void differentiate(uint32_t n, const double *f, uint32_t index, double *re, double *im) {
  const double step = 2.0 * acos(-1.0) / n;
  const uint64_t ky = index / n, kx = index % n;
  *re = *im = 0.0;
  for (uint64_t y = 0; y < n; y++) {
    for (uint64_t x = 0; x < n; x++) {
      const double angle = step * (double)((ky * y + kx * x) % n);
      *re += f[y * n + x] * cos(angle);
      *im -= f[y * n + x] * sin(angle);
    }
  }
}

void reference_adjoint(const struct vordec_plan_desc *desc, const struct reference_adjoint *state) {
  const size_t cells = (size_t)desc->n * desc->n;
  double *both = add_fields(state->omega_lp, state->omega_hat, cells), *z = state->z, *tail = z + 2 * desc->m + 4;
  memset(z, 0, desc->d * sizeof *z);
  for (uint32_t i = 0; i < desc->m; i++) differentiate(desc->n, both, desc->low_index[i], z + i, z + desc->m + i);
  for (uint32_t i = 0; i < state->kept && desc->include_anchors && state->omega_hat; i++) {
    differentiate(desc->n, state->omega_hat, desc->anchor_index[i], tail + i, tail + state->kept + i);
  }
  for (size_t i = 0; state->residual && i < cells; i++) {
    const int gate = desc->gate == VORDEC_GATE_SIGNED ? state->mask[i] : state->mask[i] != 0;
    state->residual[i] = gate * state->omega_hat[i];
  }
  free(both);
}
