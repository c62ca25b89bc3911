/* SPDX-License-Identifier: MIT */
#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINUS "\u2212"
#define SHORT_LOG 2.2 /* decades */
#define NARROW_LOG 0.8

/* value / 10^exponent in two steps: 10^exponent alone may be out of range where the quotient is not. */
static double scale_down(double value, int exponent) {
  const int half = exponent / 2;
  return value / pow(10.0, half) / pow(10.0, exponent - half);
}

/* Plain numbers read well between 0.01 and 10000. */
static int label_exponent(double magnitude) {
  if (magnitude >= 0.01 && magnitude < 10000.0) return 0;
  return (int)floor(log10(magnitude));
}

struct axis axis_linear(double lo, double hi) {
  const double center = isfinite(lo) ? lo : 0.0;
  if (!(isfinite(lo) && isfinite(hi) && lo < hi)) {
    const double half = center != 0.0 ? fabs(center) / 10.0 : 1.0;
    lo = center - half;
    hi = center + half;
  }
  return (struct axis){lo, hi, false, label_exponent(fmax(fabs(lo), fabs(hi)))};
}

struct axis axis_log(double lo, double hi) {
  const double first = floor(log10(lo)), last = ceil(log10(hi));
  return (struct axis){first, last > first ? last : first + 1.0, true, 0};
}

struct axis axis_log_tight(double lo, double hi) {
  const double first = log10(lo), last = log10(hi);
  return last > first ? (struct axis){first, last, true, 0} : axis_log(lo, hi);
}

double axis_at(const struct axis *axis, double value) {
  if (axis->log) {
    if (!(value > 0.0)) return NAN;
    return (log10(value) - axis->lo) / (axis->hi - axis->lo);
  }
  /* Halved, so that a range wider than the largest double does not overflow. */
  return (value / 2.0 - axis->lo / 2.0) / (axis->hi / 2.0 - axis->lo / 2.0);
}

static void superscript(int number, char *text, size_t size) {
  static const char *const digits[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                       "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
  char decimal[16];
  size_t used = 0;
  snprintf(decimal, sizeof decimal, "%d", number);
  text[0] = '\0';
  for (const char *c = decimal; *c && used < size; ++c) {
    used += (size_t)snprintf(text + used, size - used, "%s", *c == '-' ? "\u207b" : digits[*c - '0']);
  }
}

void axis_exponent_text(int exponent, char text[AXIS_LABEL_MAX]) {
  char power[AXIS_LABEL_MAX - 5];
  superscript(exponent, power, sizeof power);
  snprintf(text, AXIS_LABEL_MAX, "\u00d710%s", power);
  if (exponent == 0) text[0] = '\0';
}

/* The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `least`. *decimals: how many its multiples need.
 */
static double nice_step(double least, int *decimals) {
  static const double factors[] = {1.0, 2.0, 2.5, 5.0, 10.0};
  static const int extra[] = {0, 0, 1, 0, -1};
  const int power = (int)floor(log10(least));
  size_t i = 0;
  while (i < 4 && factors[i] * pow(10.0, power) < least * (1.0 - 1e-9)) ++i;
  *decimals = extra[i] - power > 0 ? extra[i] - power : 0;
  return factors[i] * pow(10.0, power);
}

static size_t linear_ticks(const struct axis *axis, size_t wanted, struct axis_tick *ticks) {
  const double lo = scale_down(axis->lo, axis->exponent), hi = scale_down(axis->hi, axis->exponent);
  int decimals = 0;
  const double step = nice_step((hi - lo) / (double)wanted, &decimals);
  if (!(step > 0.0) || decimals > 15) return 0; /* a range too narrow to tell its ticks apart */
  const double first = ceil(lo / step - 1e-9), last = floor(hi / step + 1e-9);
  size_t count = 0;
  for (double i = first; i <= last && count < AXIS_MAX_TICKS; i += 1.0) {
    struct axis_tick *tick = &ticks[count++];
    tick->at = fmin(fmax((i * step - lo) / (hi - lo), 0.0), 1.0);
    snprintf(tick->label, sizeof tick->label, "%s%.*f", i < 0.0 ? MINUS : "", decimals, fabs(i * step));
  }
  return count;
}

/* 20, or 2×10⁵ where that reads better. */
static void digit_label(int digit, int decade, char label[AXIS_LABEL_MAX]) {
  char power[AXIS_LABEL_MAX - 6];
  if (decade >= -2 && decade < 4) {
    snprintf(label, AXIS_LABEL_MAX, "%g", digit * pow(10.0, decade));
    return;
  }
  superscript(decade, power, sizeof power);
  if (digit == 1) {
    snprintf(label, AXIS_LABEL_MAX, "10%s", power);
  } else {
    snprintf(label, AXIS_LABEL_MAX, "%d\u00d710%s", digit % 10, power);
  }
}

/* An axis of few decades that does not end at them: 1, 2 and 5 are labelled. */
static size_t short_log_ticks(const struct axis *axis, struct axis_tick *ticks) {
  size_t count = 0;
  for (int decade = (int)floor(axis->lo); decade <= (int)floor(axis->hi); ++decade) {
    for (int digit = 1; digit < 10 && count < AXIS_MAX_TICKS; ++digit) {
      const double at = (decade + log10(digit) - axis->lo) / (axis->hi - axis->lo);
      if (at < -1e-9 || at > 1.0 + 1e-9) continue;
      struct axis_tick *tick = &ticks[count++];
      tick->at = fmin(fmax(at, 0.0), 1.0);
      tick->label[0] = '\0';
      if (digit == 1 || digit == 2 || digit == 5) digit_label(digit, decade, tick->label);
    }
  }
  return count;
}

/* One of less than a decade: round values as on a linear axis, where they are. */
static size_t narrow_log_ticks(const struct axis *axis, size_t wanted, struct axis_tick *ticks) {
  const double lo = pow(10.0, axis->lo), hi = pow(10.0, axis->hi);
  int decimals = 0;
  const double step = nice_step((hi - lo) / (double)wanted, &decimals);
  size_t count = 0;
  if (!(step > 0.0) || decimals > 6 || hi >= 1e6) return 0;
  for (double i = ceil(lo / step - 1e-9); i * step <= hi * (1.0 + 1e-9) && count < AXIS_MAX_TICKS; i += 1.0) {
    struct axis_tick *tick = &ticks[count++];
    tick->at = fmin(fmax((log10(i * step) - axis->lo) / (axis->hi - axis->lo), 0.0), 1.0);
    snprintf(tick->label, sizeof tick->label, "%.*f", decimals, i * step);
  }
  return count;
}

static size_t log_ticks(const struct axis *axis, size_t wanted, struct axis_tick *ticks) {
  const int first = (int)ceil(axis->lo - 1e-9), last = (int)floor(axis->hi + 1e-9);
  const bool whole = axis->lo == first && axis->hi == last;
  if (!whole && axis->hi - axis->lo < NARROW_LOG) {
    const size_t count = narrow_log_ticks(axis, wanted, ticks);
    if (count) return count;
  }
  if (!whole && axis->hi - axis->lo < SHORT_LOG) return short_log_ticks(axis, ticks);
  const int stride = (last - first + (int)wanted - 1) / (int)wanted;
  const bool minors = last - first <= 8;
  size_t count = 0;
  for (int decade = first - 1; decade <= last && count < AXIS_MAX_TICKS; ++decade) {
    if (decade >= first && (decade - first) % stride == 0) {
      char power[AXIS_LABEL_MAX - 2];
      struct axis_tick *tick = &ticks[count++];
      superscript(decade, power, sizeof power);
      tick->at = (decade - axis->lo) / (axis->hi - axis->lo);
      snprintf(tick->label, sizeof tick->label, "10%s", power);
    }
    for (int digit = 2; minors && stride == 1 && digit < 10 && count < AXIS_MAX_TICKS; ++digit) {
      const double at = (decade + log10(digit) - axis->lo) / (axis->hi - axis->lo);
      if (at <= 0.0 || at >= 1.0) continue;
      struct axis_tick *minor = &ticks[count++];
      minor->at = at;
      minor->label[0] = '\0';
    }
  }
  return count;
}

size_t axis_ticks(const struct axis *axis, size_t wanted, struct axis_tick ticks[AXIS_MAX_TICKS]) {
  return axis->log ? log_ticks(axis, wanted, ticks) : linear_ticks(axis, wanted, ticks);
}
