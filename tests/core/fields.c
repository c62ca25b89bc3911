/* SPDX-License-Identifier: MIT */
#include "fields.h"

#include <stdlib.h>

struct fields fields_make(size_t count) {
  const struct fields fields = {calloc(count, RIG_CELLS * sizeof(double)), calloc(count, RIG_CELLS * sizeof(double)),
                                calloc(count, RIG_CELLS), calloc(count, sizeof(struct vordec_scalars))};
  assert_true(fields.lp && fields.hat && fields.mask && fields.scalars);
  return fields;
}

void fields_free(struct fields *fields) {
  free(fields->lp);
  free(fields->hat);
  free(fields->mask);
  free(fields->scalars);
}

struct vordec_decode_io fields_io(const double *z, size_t count, const struct fields *fields) {
  return (struct vordec_decode_io){.count = count,
                                   .z = z,
                                   .omega_lp = fields->lp,
                                   .mask = fields->mask,
                                   .omega_hat = fields->hat,
                                   .scalars = fields->scalars};
}

double fields_direct_sum(const double *z, size_t cell) {
  static const int modes[RIG_M][2] = {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}}; /* ky, kx */
  const double step = 2.0 * acos(-1.0) / RIG_N;
  double sum = 0.0;
  for (int i = 0; i < RIG_M; i++) {
    const double angle = step * (modes[i][0] * (double)(cell / RIG_N) + modes[i][1] * (double)(cell % RIG_N));
    sum += z[i] * cos(angle) - z[RIG_M + i] * sin(angle);
  }
  return sum;
}
