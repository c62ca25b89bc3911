/* SPDX-License-Identifier: MIT */
/*
 * decode_direct.so: the smallest useful backend. Every stage is written as its definition reads, in double precision,
 * on one thread of the processor: slow, and easy to check by eye. docs/writing-a-backend.md walks through it.
 */
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

struct vordec_session {
  const struct vordec_host *host;
};

struct vordec_plan {
  const struct vordec_host *host;
  struct vordec_plan_desc desc; /* low_index and anchor_index are the plan's own copies */
  uint32_t *low, *anchor;
  double *cosine, *sine; /* of 2 pi j / n */
  double *omega_lp, *residual, *omega_hat, *spare;
  int8_t *mask, *voted;
};

static const char *const ffts[] = {"direct", NULL};

/* ---- what every slot needs ---- */

static void describe_device(struct vordec_device *device) {
  *device = (struct vordec_device){.struct_size = sizeof *device,
                                   .type = VORDEC_DEVICE_HOST,
                                   .name = "direct sums on one thread",
                                   .driver = "the C library",
                                   .capabilities = VORDEC_CAP_FP64,
                                   .threads = 1};
}

static double milliseconds(const struct vordec_host *host) {
  return 1e-6 * (double)host->clock_ns(host->ctx);
}

/* NULL: out of memory. At least one byte, so that an empty list is not mistaken for that. */
static void *take(const struct vordec_host *host, size_t count, size_t size) {
  return host->allocate(host->ctx, sizeof(double), count * size + 1);
}

/* ---- devices and sessions ---- */

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  (void)host;
  (void)error;
  struct vordec_device device;
  describe_device(&device);
  sink(sink_ctx, &device);
  return VORDEC_OK;
}

static enum vordec_status open_session(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error) {
  if (desc->device_index != 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_DEVICE_NOT_FOUND, "there is only device 0");
  }
  struct vordec_session *made = take(host, 1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a session");
  made->host = host;
  *session = made;
  return VORDEC_OK;
}

static void close_session(struct vordec_session *session) {
  if (session) session->host->release(session->host->ctx, session);
}

/* ---- plans: everything that a decode will need is made here ---- */

static void plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  const struct vordec_host *host = plan->host;
  void *const owned[] = {plan->low,      plan->anchor,    plan->cosine, plan->sine, plan->omega_lp,
                         plan->residual, plan->omega_hat, plan->spare,  plan->mask, plan->voted};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) host->release(host->ctx, owned[i]);
  host->release(host->ctx, plan);
}

static bool plan_allocate(struct vordec_plan *plan) {
  const struct vordec_plan_desc *desc = &plan->desc;
  const size_t n = desc->n, cells = n * n;
  plan->low = take(plan->host, desc->m, sizeof *plan->low);
  plan->anchor = take(plan->host, desc->anchors, sizeof *plan->anchor);
  plan->cosine = take(plan->host, n, sizeof(double));
  plan->sine = take(plan->host, n, sizeof(double));
  plan->omega_lp = take(plan->host, cells, sizeof(double));
  plan->residual = take(plan->host, cells, sizeof(double));
  plan->omega_hat = take(plan->host, cells, sizeof(double));
  plan->spare = take(plan->host, cells, sizeof(double));
  plan->mask = take(plan->host, cells, 1);
  plan->voted = take(plan->host, cells, 1);
  return plan->low && plan->anchor && plan->cosine && plan->sine && plan->omega_lp && plan->residual &&
         plan->omega_hat && plan->spare && plan->mask && plan->voted;
}

static void plan_fill_tables(struct vordec_plan *plan, const struct vordec_plan_desc *desc) {
  const double step = 2.0 * acos(-1.0) / desc->n;
  for (uint32_t i = 0; i < desc->m; i++) plan->low[i] = desc->low_index[i];
  for (uint32_t i = 0; i < desc->anchors; i++) plan->anchor[i] = desc->anchor_index[i];
  for (uint32_t j = 0; j < desc->n; j++) {
    plan->cosine[j] = cos(step * j);
    plan->sine[j] = sin(step * j);
  }
}

static enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_plan **plan, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  if (desc->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "direct computes in fp64 only");
  }
  if (desc->smooth_kernel != VORDEC_SMOOTH_BOX && desc->smooth_kernel != VORDEC_SMOOTH_TRIANGLE) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "direct knows the box and the triangle");
  }
  struct vordec_plan *made = take(session->host, 1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a plan");
  *made = (struct vordec_plan){.host = session->host, .desc = *desc};
  if (!plan_allocate(made)) {
    plan_destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a grid of N = %u", desc->n);
  }
  plan_fill_tables(made, desc);
  snprintf(info->fft, sizeof info->fft, "%s", ffts[0]);
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s", strcmp(desc->fft, "auto") == 0 ? "there is no other" : "");
  info->host_bytes = sizeof *made + (size_t)desc->n * desc->n * (4 * sizeof(double) + 2);
  *plan = made;
  return VORDEC_OK;
}

/* ---- scatter_lowk and ifft_lp in one: field = Re sum_k c_k exp(i k.x) ---- */

static void sum_modes(const struct vordec_plan *plan, const uint32_t *index, uint32_t count, const double *re,
                      const double *im, double *field) {
  const uint64_t n = plan->desc.n;
  for (uint64_t y = 0; y < n; y++) {
    for (uint64_t x = 0; x < n; x++) {
      double sum = 0.0;
      for (uint32_t i = 0; i < count; i++) {
        const uint64_t turns = (index[i] / n * y + index[i] % n * x) % n; /* in n-ths */
        sum += re[i] * plan->cosine[turns] - im[i] * plan->sine[turns];
      }
      field[y * n + x] = sum;
    }
  }
}

/* ---- mask ---- */

static double weight(const struct vordec_plan_desc *desc, int64_t offset) {
  const double w = desc->smooth_width, h = (w + 1) / 2;
  return desc->smooth_kernel == VORDEC_SMOOTH_BOX ? 1 / w : (h - fabs((double)offset)) / (h * h);
}

/* One axis: neighbours are `stride` apart along a line, lines `line_stride`. */
static void smooth(const struct vordec_plan_desc *desc, const double *from, size_t stride, size_t line_stride,
                   double *to) {
  const int64_t n = desc->n, before = desc->smooth_width / 2, after = desc->smooth_width - 1 - before;
  for (int64_t line = 0; line < n; line++) {
    for (int64_t at = 0; at < n; at++) {
      double sum = 0.0;
      for (int64_t offset = -before; offset <= after; offset++) {
        const bool outside = at + offset < 0 || at + offset >= n;
        if (outside && desc->boundary == VORDEC_BOUNDARY_ZERO) continue;
        const size_t other = (size_t)((at + offset + n) % n);
        sum += weight(desc, offset) * from[(size_t)line * line_stride + other * stride];
      }
      to[(size_t)line * line_stride + (size_t)at * stride] = sum;
    }
  }
}

/* R = omega_lp - base to plan->residual; returns max |R|, NAN if R is not finite everywhere. */
static double subtract_base(struct vordec_plan *plan) {
  const size_t n = plan->desc.n, cells = n * n;
  double most = 0.0, poison = 0.0;
  smooth(&plan->desc, plan->omega_lp, 1, n, plan->spare);
  smooth(&plan->desc, plan->spare, n, 1, plan->residual);
  for (size_t i = 0; i < cells; i++) {
    const double r = plan->desc.smooth_width == 1 ? 0.0 : plan->omega_lp[i] - plan->residual[i];
    plan->residual[i] = r;
    most = fmax(most, fabs(r));
    poison += (plan->omega_lp[i] - plan->omega_lp[i]) + (r - r);
  }
  return most + poison;
}

static void threshold(struct vordec_plan *plan, double most) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n;
  for (size_t i = 0; i < cells; i++) {
    const double r = plan->residual[i] / (most + 1e-12);
    plan->mask[i] = (int8_t)((r >= plan->desc.tau) - (r <= -plan->desc.tau));
  }
}

/* One round of the periodic 3 x 3 majority. */
static void vote(struct vordec_plan *plan) {
  const size_t n = plan->desc.n;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x < n; x++) {
      int sum = 0;
      for (size_t i = 0; i < 9; i++) sum += plan->mask[(y + n - 1 + i / 3) % n * n + (x + n - 1 + i % 3) % n];
      plan->voted[y * n + x] = (int8_t)((sum > 0) - (sum < 0));
    }
  }
  int8_t *swap = plan->mask;
  plan->mask = plan->voted;
  plan->voted = swap;
}

static double make_mask(struct vordec_plan *plan) {
  const double most = subtract_base(plan);
  threshold(plan, most);
  for (uint32_t i = 0; i < plan->desc.majority_iters; i++) vote(plan);
  return most;
}

/* ---- combine ---- */

static double gate(const struct vordec_plan *plan, size_t cell) {
  return plan->desc.gate == VORDEC_GATE_SIGNED ? plan->mask[cell] : plan->mask[cell] != 0;
}

/* omega_hat += gain * g * field; returns the mean square of g * field. */
static double add_gated(struct vordec_plan *plan, const double *field, double gain) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n;
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) {
    const double gated = gate(plan, i) * field[i];
    sum += gated * gated;
    plan->omega_hat[i] += gain * gated;
  }
  return sum / (double)cells;
}

/* A band is gated, then scaled so that its mean square is n E. */
static void add_band(struct vordec_plan *plan, const double *field, double target, double *gain, double *energy) {
  const double mean_square = add_gated(plan, field, 0.0);
  *gain = target <= 0.0 ? 0.0 : mean_square <= 1e-30 ? 1.0 : sqrt(target / mean_square);
  *energy = *gain * *gain * mean_square;
  add_gated(plan, field, *gain);
}

static void combine(struct vordec_plan *plan, const struct vordec_decode_job *job, const double *z, uint32_t state,
                    struct vordec_scalars *scalars) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n;
  const double *tail = z + 2 * (size_t)plan->desc.m + 3;
  const uint32_t kept = plan->desc.include_anchors ? vordec_kept_count(tail[0], plan->desc.max_kept) : 0;
  sum_modes(plan, plan->anchor, kept, tail + 1, tail + 1 + kept, plan->omega_hat);
  for (size_t i = 0; i < cells; i++) plan->omega_hat[i] += plan->omega_lp[i];
  if (job->residual) add_gated(plan, job->residual + state * cells, 1.0);
  for (int i = 0; i < 2; i++) {
    if (!job->band[i]) continue;
    add_band(plan, job->band[i] + state * cells, job->band_energy[i][state], &scalars->band_gain[i],
             &scalars->band_energy[i]);
  }
}

/* ---- scalars ---- */

static double mean_square(const double *field, size_t cells) {
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += field[i] * field[i];
  return sum / (double)cells;
}

static int ascending(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

/* 0.5 sum |omega_k|^2 (kx'^2 + ky'^2) / |k|^4 over the modes of the real field: k and -k carry (c_k + conj c_-k) / 2,
 * where a partner that is no low mode counts as 0. k' has no Nyquist component. */
static double energy_of_modes(const struct vordec_plan *plan, const double *re, const double *im) {
  const uint32_t n = plan->desc.n, m = plan->desc.m;
  double energy = 0.0;
  for (uint32_t i = 0; i < m; i++) {
    const uint32_t row = plan->low[i] / n, column = plan->low[i] % n;
    const uint32_t mirror = (n - row) % n * n + (n - column) % n;
    const double ky = 2 * row < n ? row : (double)row - n, kx = 2 * column < n ? column : (double)column - n;
    const double k2 = kx * kx + ky * ky;
    if (k2 == 0.0) continue;
    const double first = (2 * row == n ? 0.0 : ky * ky) + (2 * column == n ? 0.0 : kx * kx);
    const uint32_t *partner = bsearch(&mirror, plan->low, m, sizeof mirror, ascending);
    const size_t j = partner ? (size_t)(partner - plan->low) : 0;
    const double a = 0.5 * (re[i] + (partner ? re[j] : 0.0)), b = 0.5 * (im[i] - (partner ? im[j] : 0.0));
    energy += (partner ? 0.5 : 1.0) * (a * a + b * b) * first / (k2 * k2);
  }
  return energy;
}

static void measure(const struct vordec_plan *plan, const double *z, bool combined, struct vordec_scalars *scalars) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n;
  size_t support = 0;
  for (size_t i = 0; i < cells; i++) support += plan->mask[i] != 0;
  scalars->support_frac = (double)support / (double)cells;
  scalars->enstrophy_lp = 0.5 * mean_square(plan->omega_lp, cells);
  scalars->energy_lp = energy_of_modes(plan, z, z + plan->desc.m);
  if (combined) scalars->enstrophy_hat = 0.5 * mean_square(plan->omega_hat, cells);
}

/* ---- decode ---- */

static void copy_out(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t state) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n;
  if (job->outputs & VORDEC_OMEGA_LP) {
    memcpy((double *)job->omega_lp + state * cells, plan->omega_lp, cells * sizeof(double));
  }
  if (job->outputs & VORDEC_MASK) memcpy(job->mask + state * cells, plan->mask, cells);
  if (job->outputs & VORDEC_OMEGA_HAT) {
    memcpy((double *)job->omega_hat + state * cells, plan->omega_hat, cells * sizeof(double));
  }
}

static void decode_state(struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t state,
                         struct vordec_decode_result *result) {
  const double *z = job->z + (size_t)state * plan->desc.d;
  const bool combined = (job->outputs & (VORDEC_OMEGA_HAT | VORDEC_SCALARS)) != 0;
  struct vordec_scalars scalars = {
      .energy_hat = NAN, .enstrophy_hat = NAN, .band_energy = {NAN, NAN}, .band_gain = {NAN, NAN}};
  double time[5];
  time[0] = milliseconds(plan->host);
  sum_modes(plan, plan->low, plan->desc.m, z, z + plan->desc.m, plan->omega_lp);
  time[1] = milliseconds(plan->host);
  scalars.residual_absmax = make_mask(plan);
  time[2] = milliseconds(plan->host);
  if (combined) combine(plan, job, z, state, &scalars);
  time[3] = milliseconds(plan->host);
  if (job->outputs & VORDEC_SCALARS) {
    measure(plan, z, combined, &scalars);
    job->scalars[state] = scalars;
  }
  copy_out(plan, job, state);
  time[4] = milliseconds(plan->host);
  for (int i = 0; i < 4; i++) result->stage_ms[VORDEC_STAGE_IFFT_LP + i] += time[i + 1] - time[i];
  result->evidence.dispatches_completed += 4;
}

static enum vordec_status decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_decode_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  struct vordec_device device;
  describe_device(&device);
  memset(result->stage_ms, 0, sizeof result->stage_ms);
  result->evidence = (struct vordec_evidence){.type = device.type, .dispatches_recorded = 4 * (uint64_t)job->count};
  memcpy(result->evidence.name, device.name, sizeof device.name);
  memcpy(result->evidence.driver, device.driver, sizeof device.driver);
  for (uint32_t state = 0; state < job->count; state++) decode_state(plan, job, state, result);
  return VORDEC_OK;
}

/* ---- the table ---- */

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  static const struct vordec_backend backend = {
      .abi_major = VORDEC_ABI_MAJOR,
      .abi_minor = VORDEC_ABI_MINOR,
      .struct_size = sizeof backend,
      .name = "direct",
      .description = "direct sums, to read and to start from",
      .ffts = ffts,
      .probe = probe,
      .open = open_session,
      .close = close_session,
      .plan_create = plan_create,
      .plan_destroy = plan_destroy,
      .decode = decode,
  };
  (void)host;
  return host_abi == VORDEC_ABI_MAJOR ? &backend : NULL;
}
