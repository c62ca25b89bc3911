/* SPDX-License-Identifier: MIT */
// pruned_threshold.glsl - R compared with the threshold, for the passes that make bits of it. Needs a push block with
// tau_lo and, in double precision, tau_hi.
#ifdef VORDEC_FP64
#define TAU packDouble2x32(uvec2(push.tau_lo, push.tau_hi))
#define SIGN_WORD(x) unpackDouble2x32(x).y
#else
#define TAU uintBitsToFloat(push.tau_lo)
#define SIGN_WORD(x) floatBitsToUint(x)
#endif

// The sign bits of four numbers, the first one's highest.
uint signs(REAL4 a) {
  uint bits = SIGN_WORD(a.x) >> 31;
  bits = bits << 1 | SIGN_WORD(a.y) >> 31;
  bits = bits << 1 | SIGN_WORD(a.z) >> 31;
  return bits << 1 | SIGN_WORD(a.w) >> 31;
}

uint nibbles(REAL4 residual, REAL threshold) { return signs(abs(residual) - threshold) | signs(residual) << 4; }
