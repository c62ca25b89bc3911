/* SPDX-License-Identifier: MIT */
// butterflies.glsl - transforms by exp(-i k x) of 2, 4, 8 and 16 values in registers, in order.
#ifdef VORDEC_FP64
#define ROOT_HALF 0.70710678118654752440LF
#define COSINE_EIGHTH 0.92387953251128675613LF // of pi / 8
#define SINE_EIGHTH 0.38268343236508977173LF
#else
#define ROOT_HALF 0.70710678118654752440
#define COSINE_EIGHTH 0.92387953251128675613
#define SINE_EIGHTH 0.38268343236508977173
#endif

REAL2 turned(REAL2 a) { return REAL2(a.y, -a.x); } // times -i

REAL2 product(REAL2 a, REAL2 b) {
  precise REAL2 c = REAL2(fma(a.x, b.x, -(a.y * b.y)), fma(a.x, b.y, a.y * b.x));
  return c;
}

void butterfly_2(inout REAL2 a, inout REAL2 b) {
  const REAL2 sum = a + b;
  b = a - b;
  a = sum;
}

void butterfly_4(inout REAL2 a, inout REAL2 b, inout REAL2 c, inout REAL2 d) {
  butterfly_2(a, c);
  butterfly_2(b, d);
  d = turned(d);
  butterfly_2(a, b);
  butterfly_2(c, d);
  const REAL2 second = c;
  c = b;
  b = second;
}

// a and b become a + h c and a - h c, where h^2 = 1 / 2.
void butterfly_half(inout REAL2 a, out REAL2 b, REAL2 c) {
  precise REAL2 sum = fma(REAL2(ROOT_HALF), c, a), difference = fma(REAL2(-ROOT_HALF), c, a);
  a = sum;
  b = difference;
}

void butterfly_8(inout REAL2 a[8]) {
  butterfly_4(a[0], a[2], a[4], a[6]);
  butterfly_4(a[1], a[3], a[5], a[7]);
  const REAL2 odd1 = a[3] + turned(a[3]), odd3 = turned(a[7]) - a[7];
  REAL2 out0 = a[0], out1 = a[2], out2 = a[4], out3 = a[6], out4 = a[1], out5, out6 = turned(a[5]), out7;
  butterfly_2(out0, out4);
  butterfly_half(out1, out5, odd1);
  butterfly_2(out2, out6);
  butterfly_half(out3, out7, odd3);
  a = REAL2[](out0, out1, out2, out3, out4, out5, out6, out7);
}

// Four transforms of 4 values, turned by exp(-2 pi i j k / 16), and four of 4 results.
void butterfly_16(inout REAL2 a[16]) {
  const REAL c = COSINE_EIGHTH, s = SINE_EIGHTH, h = ROOT_HALF;
  [[unroll]] for (uint j = 0; j < 4; j++) butterfly_4(a[j], a[j + 4], a[j + 8], a[j + 12]);
  a[5] = product(a[5], REAL2(c, -s));
  a[6] = h * (a[6] + turned(a[6]));
  a[7] = product(a[7], REAL2(s, -c));
  a[9] = h * (a[9] + turned(a[9]));
  a[10] = turned(a[10]);
  a[11] = h * (turned(a[11]) - a[11]);
  a[13] = product(a[13], REAL2(s, -c));
  a[14] = h * (turned(a[14]) - a[14]);
  a[15] = product(a[15], REAL2(-c, s));
  [[unroll]] for (uint k = 0; k < 4; k++) butterfly_4(a[4 * k], a[4 * k + 1], a[4 * k + 2], a[4 * k + 3]);
  [[unroll]] for (uint k = 0; k < 4; k++) {
    [[unroll]] for (uint j = 0; j < k; j++) {
      const REAL2 above = a[4 * k + j];
      a[4 * k + j] = a[4 * j + k];
      a[4 * j + k] = above;
    }
  }
}
