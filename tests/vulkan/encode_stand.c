/* SPDX-License-Identifier: MIT */
#include "encode_stand.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

static void *room(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  assert_non_null(memory);
  return memory;
}

static uint64_t distance(uint32_t j, uint32_t n) {
  return j < n - j ? j : n - j;
}

/* ---- fields ---- */

static void choose_modes(struct encode_stand *stand, uint32_t low_cut, uint32_t mid_cut) {
  struct vordec_encode_setup *setup = &stand->setup;
  const uint32_t n = setup->n;
  stand->low_index = room((size_t)n * n, sizeof *stand->low_index);
  stand->mid_index = room((size_t)n * n, sizeof *stand->mid_index);
  for (uint32_t i = 0; i < n * n; i++) {
    const uint32_t y = i / n, x = i % n, partner = (n - y) % n * n + (n - x) % n;
    const uint64_t k2 = distance(y, n) * distance(y, n) + distance(x, n) * distance(x, n);
    if (partner < i || k2 > (uint64_t)mid_cut * mid_cut) continue;
    if (k2 <= (uint64_t)low_cut * low_cut) {
      stand->low_index[setup->low_count++] = i;
    } else {
      stand->mid_index[setup->mid_count++] = i;
    }
  }
  setup->low_index = stand->low_index;
  setup->mid_index = stand->mid_index;
}

/* Noise, and smoothed noise. */
static void draw_field(uint32_t n, uint32_t number, double *omega) {
  const size_t cells = (size_t)n * n;
  const struct vordec_plan_desc desc = {.smooth_width = n / 8 | 1, .boundary = VORDEC_BOUNDARY_PERIODIC};
  double *smoothed = room(cells, sizeof *smoothed);
  uint32_t x = 12345 + 7919 * number;
  for (size_t i = 0; i < cells; i++) {
    x = x * 1664525u + 1013904223u;
    omega[i] = (double)x / 2147483648.0 - 1.0;
  }
  smooth_sum(n, omega, &desc, smoothed);
  for (size_t i = 0; i < cells; i++) omega[i] = 0.4 + 0.1 * omega[i] + n / 8.0 * smoothed[i];
  free(smoothed);
}

void encode_stand_create(struct encode_stand *stand, uint32_t n, uint32_t low_cut, uint32_t mid_cut, uint32_t batch) {
  *stand = (struct encode_stand){.setup = {.struct_size = sizeof stand->setup,
                                           .n = n,
                                           .batch = batch,
                                           .fft = "auto",
                                           .smooth_width = n < 11 ? 3 : 11,
                                           .boundary = VORDEC_BOUNDARY_PERIODIC,
                                           .tau = 0.2,
                                           .majority_iters = 8}};
  choose_modes(stand, low_cut, mid_cut);
  stand->omega = room((size_t)batch * n * n, sizeof *stand->omega);
  for (uint32_t i = 0; i < batch; i++) draw_field(n, i, stand->omega + (size_t)i * n * n);
}

void encode_stand_destroy(struct encode_stand *stand) {
  free(stand->omega);
  free(stand->mid_index);
  free(stand->low_index);
}

/* ---- outputs ---- */

void encode_outputs_create(struct encode_outputs *outputs, const struct vordec_encode_setup *setup, size_t count) {
  const size_t low = 2 * (size_t)setup->low_count * count, mid = 2 * (size_t)setup->mid_count * count;
  *outputs = (struct encode_outputs){.count = count, .low = low, .mid = mid, .cells = count * setup->n * setup->n};
  outputs->values = room(low + mid + 2 * count, sizeof *outputs->values);
  outputs->mask = room(outputs->cells, 1);
  for (size_t i = 0; i < low + mid + 2 * count; i++) outputs->values[i] = NAN;
  memset(outputs->mask, 99, outputs->cells);
}

void encode_outputs_destroy(struct encode_outputs *outputs) {
  free(outputs->values);
  free(outputs->mask);
}

struct vordec_encode_job encode_outputs_job(const struct encode_outputs *outputs) {
  double *mid = outputs->values + outputs->low, *high = mid + outputs->mid;
  return (struct vordec_encode_job){.struct_size = sizeof(struct vordec_encode_job),
                                    .count = (uint32_t)outputs->count,
                                    .low = outputs->values,
                                    .mid = mid,
                                    .high = high,
                                    .support = high + outputs->count,
                                    .mask = outputs->mask};
}

bool encode_outputs_equal(const struct encode_outputs *a, const struct encode_outputs *b) {
  const size_t values = a->low + a->mid + 2 * a->count;
  return memcmp(a->values, b->values, values * sizeof *a->values) == 0 && memcmp(a->mask, b->mask, a->cells) == 0;
}

/* ---- by the definition ---- */

/* Of one field; returns the largest |c|^2. */
static double sum_pairs(uint32_t n, const double *field, const uint32_t *index, uint32_t count, double *out) {
  double complex *root = room(n, sizeof *root), *column = room(n, sizeof *column);
  uint32_t summed = n; /* the column that has been summed along x */
  double largest = 0;
  for (uint32_t j = 0; j < n; j++) root[j] = cexp(-2 * acos(-1.0) * I * j / n);
  for (uint32_t kx = 0; kx < n; kx++) {
    for (uint32_t i = 0; i < count; i++) {
      if (index[i] % n != kx) continue;
      for (uint32_t y = 0; y < n && summed != kx; y++) {
        column[y] = 0;
        for (uint32_t x = 0; x < n; x++) column[y] += field[(size_t)y * n + x] * root[(uint64_t)kx * x % n];
      }
      summed = kx;
      double complex sum = 0;
      for (uint32_t y = 0; y < n; y++) sum += column[y] * root[(uint64_t)(index[i] / n) * y % n];
      sum /= (double)n * n;
      out[2 * i] = creal(sum);
      out[2 * i + 1] = cimag(sum);
      largest = fmax(largest, creal(sum) * creal(sum) + cimag(sum) * cimag(sum));
    }
  }
  free(column);
  free(root);
  return largest;
}

/* Sum of |c|^2 over the modes and their partners. */
static double energy_of_pairs(uint32_t n, const uint32_t *index, uint32_t count, const double *c) {
  double sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t y = index[i] / n, x = index[i] % n;
    const bool own_partner = 2 * y % n == 0 && 2 * x % n == 0;
    sum += (own_partner ? 1 : 2) * (c[2 * i] * c[2 * i] + c[2 * i + 1] * c[2 * i + 1]);
  }
  return sum;
}

struct encode_sizes encode_stand_sum(const struct vordec_encode_setup *setup, const double *omega,
                                     struct encode_outputs *outputs) {
  const uint32_t n = setup->n;
  const size_t cells = (size_t)n * n;
  const struct vordec_plan_desc desc = {
      .smooth_width = setup->smooth_width, .smooth_kernel = setup->smooth_kernel, .boundary = setup->boundary};
  const struct vordec_encode_job job = encode_outputs_job(outputs);
  double *residual = room(cells, sizeof *residual), *margin = room(cells, sizeof *margin);
  double *low = room(2 * (size_t)setup->low_count, sizeof *low), absmax = 0, square = 0, set = 0;
  struct encode_sizes sizes = {.margin = INFINITY};
  smooth_sum(n, omega, &desc, residual);
  for (size_t i = 0; i < cells; i++) residual[i] = omega[i] - residual[i];
  ternary(n, residual, setup->tau, job.mask, margin, &absmax);
  majority_rounds(n, job.mask, setup->majority_iters);
  for (size_t i = 0; i < cells; i++) {
    square += residual[i] * residual[i] / (double)cells;
    set += job.mask[i] != 0;
    sizes.margin = fmin(sizes.margin, fabs(margin[i]));
  }
  sizes.low = sqrt(sum_pairs(n, omega, setup->low_index, setup->low_count, job.low));
  const double of_low = sum_pairs(n, residual, setup->low_index, setup->low_count, low);
  sizes.mid = sqrt(fmax(of_low, sum_pairs(n, residual, setup->mid_index, setup->mid_count, job.mid)));
  sizes.high = square;
  job.high[0] = square - energy_of_pairs(n, setup->low_index, setup->low_count, low) -
                energy_of_pairs(n, setup->mid_index, setup->mid_count, job.mid);
  job.support[0] = set / (double)cells;
  free(low);
  free(margin);
  free(residual);
  return sizes;
}

/* ---- the plugin's ---- */

const struct vordec_encode_interface *encode_stand_interface(const struct harness *harness) {
  const struct vordec_encode_interface *interface = harness->backend->get_interface(VORDEC_ENCODE_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

struct vordec_backend_encoder *encode_stand_encoder(const struct harness *harness, struct vordec_session *session,
                                                    const struct vordec_encode_setup *setup) {
  struct vordec_backend_encoder *encoder = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  driver_must(encode_stand_interface(harness)->create(session, setup, &encoder, &info, &error), &error);
  assert_non_null(encoder);
  assert_string_equal(info.fft, "direct");
  assert_true(info.device_bytes > 0 && info.host_bytes > 0 && info.warmup_ms >= 0);
  return encoder;
}

struct vordec_encode_result encode_stand_run(const struct harness *harness, struct vordec_backend_encoder *encoder,
                                             const struct vordec_encode_job *job) {
  struct vordec_encode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const uint64_t start = clock_ns();
  driver_must(encode_stand_interface(harness)->encode(encoder, job, &result, &error), &error);
  const double host_ms = 1e-6 * (double)(clock_ns() - start);
  const struct vordec_evidence *evidence = &result.evidence;
  assert_int_equal(evidence->type, harness->device.type);
  assert_string_equal(evidence->name, harness->device.name);
  assert_string_equal(evidence->driver, harness->device.driver);
  assert_memory_equal(evidence->uuid, harness->device.uuid, sizeof evidence->uuid);
  assert_true(evidence->dispatches_recorded > 0);
  assert_int_equal(evidence->dispatches_completed, evidence->dispatches_recorded);
  assert_int_equal(evidence->device_timestamps, (harness->device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  if (evidence->device_timestamps) assert_true(result.device_ms > 0.0 && result.device_ms <= host_ms);
  return result;
}
