/* SPDX-License-Identifier: MIT */
#include "transposing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"
#include "sample.h"

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

struct transposed transposed_make(const struct vordec_plan_desc *desc, uint32_t first, uint32_t count) {
  const size_t cells = (size_t)desc->n * desc->n, all = count * cells;
  struct transposed made = {.count = count,
                            .omega_lp = zeroed(all, sizeof *made.omega_lp),
                            .omega_hat = zeroed(all, sizeof *made.omega_hat),
                            .mask = zeroed(all, sizeof *made.mask),
                            .kept = zeroed(count, sizeof *made.kept),
                            .z = zeroed((size_t)count * desc->d, sizeof *made.z),
                            .residual = zeroed(all, sizeof *made.residual)};
  for (size_t i = 0; i < all; i++) {
    const uint64_t number = first * cells + i;
    made.omega_lp[i] = (double)(float)sample_draw(3 * number);
    made.omega_hat[i] = (double)(float)sample_draw(3 * number + 1);
    made.mask[i] = (int8_t)nearbyint(1.4 * sample_draw(3 * number + 2));
  }
  for (uint32_t i = 0; i < count; i++) made.kept[i] = (first + i) * 3 % (desc->max_kept + 1);
  return made;
}

void transposed_release(struct transposed *transposed) {
  free(transposed->omega_lp);
  free(transposed->omega_hat);
  free(transposed->mask);
  free(transposed->kept);
  free(transposed->z);
  free(transposed->residual);
  *transposed = (struct transposed){.count = 0};
}

struct vordec_backend_adjoint *transposing_start(struct suite *suite, struct vordec_session *session,
                                                 const struct vordec_plan_desc *desc) {
  struct vordec_backend_adjoint *adjoint = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const bool named = strcmp(desc->fft, "auto") != 0;
  const double start = clock_ms();
  const enum vordec_status status = plugin_adjoint(suite)->create(session, desc, &adjoint, &info, &error);
  const double host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "create", status, &error);
    const bool of_fft = error.reason == VORDEC_REASON_FFT_SIZE || error.reason == VORDEC_REASON_NO_FFT;
    if (status == VORDEC_E_UNSUPPORTED && of_fft && named) return NULL;
    suite_short(suite, "create(N = %u, batch %u, %s, fft %s): %s: %.300s", desc->n, desc->batch,
                precision_name(desc->precision), desc->fft, vordec_status_name(status), error.message);
    return NULL;
  }
  if (!adjoint) {
    suite_short(suite, "create() returned ok and no adjoint");
  } else if (named && strcmp(info.fft, desc->fft) != 0) {
    suite_short(suite, "create(): asked for fft %s, but it claims '%.31s'", desc->fft, info.fft);
  } else if (!(info.warmup_ms >= 0.0 && info.warmup_ms <= host_ms)) {
    suite_short(suite, "create() claims a warm-up of %g ms in a call of %g ms", info.warmup_ms, host_ms);
  }
  return adjoint;
}

/* ---- one job ---- */

enum input { IN_LP, IN_HAT, IN_MASK, IN_KEPT, INPUTS };
enum output { OUT_Z, OUT_RESIDUAL, OUTPUTS };

static const char *const input_names[INPUTS] = {"omega_lp (adjoint)", "omega_hat (adjoint)", "mask (adjoint)", "kept"};
static const char *const output_names[OUTPUTS] = {"z (adjoint)", "residual (adjoint)"};

struct guarded_job {
  struct guarded inputs[INPUTS], outputs[OUTPUTS];
  size_t values[OUTPUTS];
  bool fp64[OUTPUTS];
};

static void put_reals(void *to, const double *from, size_t count, bool fp64) {
  for (size_t i = 0; i < count; i++) {
    if (fp64) {
      ((double *)to)[i] = from[i];
    } else {
      ((float *)to)[i] = (float)from[i];
    }
  }
}

static double real_at(const void *values, size_t i, bool fp64) {
  return fp64 ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void guard_job(struct suite *suite, const struct vordec_plan_desc *desc, const struct transposed *given,
                      struct guarded_job *job) {
  const bool fp64 = desc->precision == VORDEC_FP64;
  const size_t all = given->count * (size_t)desc->n * desc->n, real = fp64 ? sizeof(double) : sizeof(float);
  const size_t bytes[INPUTS] = {all * real, all * real, all, given->count * sizeof *given->kept};
  const enum guard_side side = suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END;
  *job = (struct guarded_job){.values = {(size_t)given->count * desc->d, all}, .fp64 = {true, fp64}};
  for (int i = 0; i < INPUTS; i++) guarded_create(&job->inputs[i], input_names[i], bytes[i], side);
  put_reals(job->inputs[IN_LP].data, given->omega_lp, all, fp64);
  put_reals(job->inputs[IN_HAT].data, given->omega_hat, all, fp64);
  memcpy(job->inputs[IN_MASK].data, given->mask, bytes[IN_MASK]);
  memcpy(job->inputs[IN_KEPT].data, given->kept, bytes[IN_KEPT]);
  for (int i = 0; i < INPUTS; i++) guarded_seal(&job->inputs[i]);
  for (int i = 0; i < OUTPUTS; i++) {
    const size_t size = job->fp64[i] ? sizeof(double) : sizeof(float);
    guarded_create(&job->outputs[i], output_names[i], job->values[i] * size, side);
    memset(job->outputs[i].data, 0xff, job->values[i] * size); /* NAN in either precision */
  }
}

/* Bits that nobody computes: what the outputs were filled with. */
static bool is_written(const struct guarded_job *job, enum output output) {
  const size_t size = job->fp64[output] ? sizeof(double) : sizeof(float);
  static const unsigned char nothing[sizeof(double)] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  for (size_t i = 0; i < job->values[output]; i++) {
    if (memcmp((const char *)job->outputs[output].data + i * size, nothing, size) == 0) return false;
  }
  return true;
}

static void take_outputs(struct suite *suite, struct guarded_job *job, const bool due[OUTPUTS],
                         double *const to[OUTPUTS]) {
  for (int i = 0; i < OUTPUTS; i++) {
    struct guarded *output = &job->outputs[i];
    if (!guarded_surroundings_intact(output)) {
      suite_short(suite, "run() writes outside of its output %s", output_names[i]);
    }
    if (due[i] && !is_written(job, (enum output)i)) suite_short(suite, "run() left %s unwritten", output_names[i]);
    for (size_t v = 0; v < job->values[i] && due[i]; v++) to[i][v] = real_at(output->data, v, job->fp64[i]);
    guarded_destroy(output);
  }
  for (int i = 0; i < INPUTS; i++) guarded_destroy(&job->inputs[i]);
}

bool transposing_run(struct suite *suite, const struct vordec_plan_desc *desc, struct vordec_backend_adjoint *adjoint,
                     const struct transposing_parts *parts, struct transposed *transposed,
                     struct vordec_adjoint_result *result, double *host_ms) {
  struct vordec_adjoint_result unwanted;
  struct vordec_error error = {0};
  struct guarded_job guarded;
  if (!result) result = &unwanted;
  *result = (struct vordec_adjoint_result){.struct_size = sizeof *result};
  guard_job(suite, desc, transposed, &guarded);
  const struct vordec_adjoint_job job = {.struct_size = sizeof job,
                                         .count = transposed->count,
                                         .omega_lp = parts->omega_lp ? guarded.inputs[IN_LP].data : NULL,
                                         .omega_hat = parts->omega_hat ? guarded.inputs[IN_HAT].data : NULL,
                                         .mask = parts->residual ? guarded.inputs[IN_MASK].data : NULL,
                                         .kept = guarded.inputs[IN_KEPT].data,
                                         .z = parts->z ? guarded.outputs[OUT_Z].data : NULL,
                                         .residual = parts->residual ? guarded.outputs[OUT_RESIDUAL].data : NULL};
  const size_t taken = atomic_load(&suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_adjoint(suite)->run(adjoint, &job, result, &error);
  if (host_ms) *host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "run", status, &error);
    suite_short(suite, "run(%u): %s: %.300s", transposed->count, vordec_status_name(status), error.message);
  } else if (atomic_load(&suite->host.taken) != taken) {
    suite_short(suite, "run() takes memory from the host");
  }
  const bool due[OUTPUTS] = {!status && parts->z, !status && parts->residual};
  double *const to[OUTPUTS] = {transposed->z, transposed->residual};
  take_outputs(suite, &guarded, due, to);
  return status == VORDEC_OK;
}
