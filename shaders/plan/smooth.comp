/* SPDX-License-Identifier: MIT */
#version 450
// smooth.comp - stage 3: one pass of the separable smoothing along x or y.
//
// Box: weight 1 / w over offsets -floor(w / 2) .. w - 1 - floor(w / 2). Triangle (odd w, h = (w + 1) / 2): weight
// (h - |d|) / h^2. Other windows: a table of weights. Outside the grid a sample is 0 or, periodic, the wrapped one;
// weights are never renormalised. Weights add up to 1, so that what is averaged can be the differences from the cell
// itself: those of a constant field are 0, while a sum of its samples would come to it but for rounding, and the rest
// would look like a residual.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
VORDEC_PUSH_BLOCK(SMOOTH_PUSH)
layout(std430, binding = 0) readonly buffer input_buffer { REAL source[]; };
layout(std430, binding = 1) readonly buffer minuend_buffer { REAL minuend[]; };
layout(std430, binding = 2) writeonly buffer output_buffer { REAL result[]; };
layout(std430, binding = 3) readonly buffer weights_buffer { REAL weights[]; };

int n, stride;
uint line;

/* The sample at a place of the line, which may be outside. */
REAL sample_at(int p) {
  const bool outside = p < 0 || p >= n;
  if (outside) p += p < 0 ? n : -n;
  return outside && push.periodic == 0 ? REAL(0) : source[line + uint(p * stride)];
}

void main() {
  const uint i = thread_of_state();
  if (i >= push.n * push.n) return;
  const int width = int(push.width), half_width = (width + 1) / 2;
  const int place = int(push.along_y != 0 ? i / push.n : i % push.n);
  n = int(push.n);
  stride = push.along_y != 0 ? n : 1;
  const uint base = gl_WorkGroupID.z * push.n * push.n;
  line = base + i - uint(place * stride);
  const REAL own = source[base + i];
  const bool triangle = push.shape == VORDEC_SHAPE_TRIANGLE;
  REAL sum = REAL(0), total = REAL(1);
  if (push.shape == VORDEC_SHAPE_TABLE) {
    for (int k = 0; k < width; k++) sum += weights[k] * (sample_at(place + k - width / 2) - own);
  } else {
    for (int k = 0; k < width; k++) {
      const int d = k - width / 2;
      const REAL weight = triangle ? REAL(half_width - abs(d)) : REAL(1);
      sum += weight * (sample_at(place + d) - own);
    }
    total = triangle ? REAL(half_width) * REAL(half_width) : REAL(width);
  }
  const REAL smoothed = own + sum / total;
  result[base + i] = push.subtract != 0 ? minuend[base + i] - smoothed : smoothed;
}
