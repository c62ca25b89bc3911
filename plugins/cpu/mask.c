#include "mask.h"

#include "majority.h"
#include "ternary.h"

double mask_run(struct field *field) {
  const double absmax = smooth_residual(field);
  ternary_threshold(field, absmax);
  majority(field);
  return absmax;
}
