/* SPDX-License-Identifier: MIT */
#include "figure.h"

#include <math.h>

double figure_absmax(const void *data, enum vordec_precision precision, size_t n) {
  double largest = 0.0;
  for (size_t i = 0; i < n * n; ++i) {
    const double value = fabs(precision == VORDEC_FP32 ? (double)((const float *)data)[i] : ((const double *)data)[i]);
    if (isfinite(value) && value > largest) largest = value;
  }
  return largest;
}
