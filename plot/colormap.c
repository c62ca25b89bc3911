/* SPDX-License-Identifier: MIT */
#include "colormap.h"

#include <math.h>
#include <stddef.h>

struct lab {
  double l, a, b;
};

/* At |t| = 0, 1/4, 1/2, 3/4, 1. */
static const struct lab negative_arm[] = {
    {97.0, 0.0, 0.0}, {78.5, -8.0, -17.0}, {60.0, -8.0, -33.0}, {41.5, 2.0, -41.0}, {23.0, 5.0, -31.0}};
static const struct lab positive_arm[] = {
    {97.0, 0.0, 0.0}, {78.5, 17.0, 18.0}, {60.0, 40.0, 32.0}, {41.5, 53.0, 34.0}, {23.0, 39.0, 19.0}};
#define ARM_SEGMENTS 4

/* CIE 15: the inverse of the L*a*b* transfer function. */
static double lab_inverse(double f) {
  return f > 6.0 / 29.0 ? f * f * f : 3.0 * (6.0 / 29.0) * (6.0 / 29.0) * (f - 4.0 / 29.0);
}

/* IEC 61966-2-1: linear light to an sRGB byte. */
static uint8_t srgb_byte(double linear) {
  const double clamped = fmin(fmax(linear, 0.0), 1.0);
  const double encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * pow(clamped, 1.0 / 2.4) - 0.055;
  return (uint8_t)lround(255.0 * encoded);
}

static struct rgb lab_to_rgb(struct lab color) {
  const double fy = (color.l + 16.0) / 116.0;
  const double x = 0.95047 * lab_inverse(fy + color.a / 500.0);
  const double y = lab_inverse(fy);
  const double z = 1.08883 * lab_inverse(fy - color.b / 200.0);
  return (struct rgb){srgb_byte(3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
                      srgb_byte(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
                      srgb_byte(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)};
}

static struct rgb diverging_at(double t) {
  const struct lab *arm = t < 0.0 ? negative_arm : positive_arm;
  const double position = fabs(t) * ARM_SEGMENTS;
  const size_t segment = position < ARM_SEGMENTS ? (size_t)position : ARM_SEGMENTS - 1;
  const double f = position - (double)segment;
  const struct lab p = arm[segment], q = arm[segment + 1];
  return lab_to_rgb((struct lab){p.l + f * (q.l - p.l), p.a + f * (q.a - p.a), p.b + f * (q.b - p.b)});
}

void colormap_diverging(struct colormap *map) {
  for (int i = 0; i < COLORMAP_STEPS; ++i) map->steps[i] = diverging_at(2.0 * i / (COLORMAP_STEPS - 1) - 1.0);
}

struct rgb colormap_at(const struct colormap *map, double t) {
  if (isnan(t)) return colormap_invalid();
  const double clamped = fmin(fmax(t, -1.0), 1.0);
  return map->steps[lround((clamped + 1.0) / 2.0 * (COLORMAP_STEPS - 1))];
}

struct rgb colormap_invalid(void) {
  return (struct rgb){150, 150, 150};
}

struct rgb colormap_mask(int value) {
  switch (value) {
  case -1:
    return (struct rgb){46, 104, 166};
  case 0:
    return (struct rgb){240, 240, 240};
  case 1:
    return (struct rgb){185, 52, 51};
  default:
    return colormap_invalid();
  }
}
