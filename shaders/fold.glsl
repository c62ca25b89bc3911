/* SPDX-License-Identifier: MIT */
// fold.glsl - folds one value per thread into one per workgroup, in a fixed order. Needs FOLD(a, b) and common.glsl;
// FOLD_TYPE: the type of the values, REAL unless it is set.
#ifndef FOLD_TYPE
#define FOLD_TYPE REAL
#endif
shared FOLD_TYPE fold_values[VORDEC_WORKGROUP];

FOLD_TYPE fold_workgroup(FOLD_TYPE value) {
  const uint thread = gl_LocalInvocationID.x;
  fold_values[thread] = value;
  barrier();
  for (uint half_width = VORDEC_WORKGROUP / 2; half_width > 0; half_width /= 2) {
    if (thread < half_width) fold_values[thread] = FOLD(fold_values[thread], fold_values[thread + half_width]);
    barrier();
  }
  return fold_values[0];
}
