/* SPDX-License-Identifier: MIT */
#include "spread.h"

#include <math.h>

#include "core/base/sort.h"

struct spread spread_of(double *values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) return (struct spread){NAN, NAN, NAN};
  }
  sort_numbers(values, count);
  return (struct spread){values[0], 0.5 * (values[count / 2] + values[(count - 1) / 2]), values[count - 1]};
}
