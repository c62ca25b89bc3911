/* SPDX-License-Identifier: MIT */
#include "autotune.h"

#include "gpu/measure.h"
#include "gpu/timings.h"
#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "plan/vulkan_decode.h"
#include "transform_direct.h"
#include "transform_pruned.h"
#include "vkfft/transform_vkfft.h"

#include <blake2.h>

#define TIMINGS_VERSION 3 /* raise it when the speed of a transform changes */
#define RUNS 7

enum candidate { PRUNED = 0, VKFFT };

struct trial {
  double ms;
  enum vordec_status status; /* E_UNSUPPORTED, E_NO_MEMORY: it cannot be had, for this reason */
  struct vordec_error error;
};

/* Returns the time of stages 1 to 3 by the device's clock, or of the whole call if the device has no clock. */
static double time_of(const struct vordec_host *host, const struct vordec_decode_result *result, double start_ms) {
  double sum = 0.0;
  for (int stage = VORDEC_STAGE_SCATTER_LOWK; stage <= VORDEC_STAGE_MASK; stage++) sum += result->stage_ms[stage];
  return sum > 0.0 ? sum : host_ms(host) - start_ms;
}

static enum vordec_status run(struct vordec_plan *plan, const double *z, double *ms, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  const struct vordec_decode_job job = {.struct_size = sizeof job, .count = 1, .z = z};
  double times[RUNS];
  for (int i = -1; i < RUNS; i++) { /* the first run only warms up */
    struct vordec_decode_result result = {.struct_size = sizeof result};
    const double start_ms = host_ms(host);
    const enum vordec_status status = vulkan_decode_run(plan, &job, &result, error);
    if (status) return status;
    if (i >= 0) times[i] = time_of(host, &result, start_ms);
  }
  *ms = measure_median(times, RUNS);
  return VORDEC_OK;
}

static void try_out(struct vordec_session *session, const struct vordec_plan_desc *desc,
                    const struct transform *transform, const double *z, struct trial *trial) {
  struct vordec_plan_desc one = *desc;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_plan *plan = NULL;
  one.batch = 1;
  one.fft = transform->name;
  one.include_anchors = false;
  one.outputs = VORDEC_OMEGA_LP | VORDEC_MASK;
  one.residuals = 0;
  trial->status = plan_build(session, &one, transform, &plan, &info, &trial->error);
  if (!trial->status) trial->status = run(plan, z, &trial->ms, &trial->error);
  vulkan_plan_destroy(plan);
}

static bool is_fatal(const struct trial *trial) {
  return trial->status && !host_may_go_on(&trial->error);
}

/* Fills in coefficients of similar size and without any order. The mask of such a field has edges, so that no stage has
 * less to do than usual. */
static void fill_state(const struct vordec_plan_desc *desc, double *z) {
  uint32_t x = 1;
  for (uint32_t i = 0; i < 2 * desc->m; i++) {
    x = x * 1664525u + 1013904223u;
    z[i] = (double)x / 2147483648.0 - 1.0;
  }
}

static enum vordec_status measure(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                  struct trial *pruned, struct trial *vkfft, struct vordec_error *error) {
  double *z = host_alloc(session->gpu.host, desc->d, sizeof *z);
  if (!z) return host_no_memory(error, "a state to measure with");
  fill_state(desc, z);
  try_out(session, desc, &transform_pruned, z, pruned);
  if (!is_fatal(pruned)) try_out(session, desc, &transform_vkfft, z, vkfft);
  host_free(session->gpu.host, z);
  const struct trial *failed = is_fatal(pruned) ? pruned : is_fatal(vkfft) ? vkfft : NULL;
  if (!failed) return VORDEC_OK;
  *error = failed->error;
  return failed->status;
}

/* Names everything that the time depends on, except the batch. */
static void make_key(const struct vordec_plan_desc *desc, char key[96]) {
  uint8_t digest[8];
  char hex[17];
  blake2b(digest, desc->low_index, NULL, sizeof digest, desc->m * sizeof *desc->low_index, 0);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  snprintf(key, 96, "choice %d n %u modes %s w %u %d %d %u fp%d", TIMINGS_VERSION, (unsigned)desc->n, hex,
           (unsigned)desc->smooth_width, (int)desc->smooth_kernel, (int)desc->boundary, (unsigned)desc->majority_iters,
           desc->precision == VORDEC_FP64 ? 64 : 32);
}

static const struct transform *faster(const double *ms, const char *when, char reason[160]) {
  snprintf(reason, 160, "%s for one state: %s %.4g ms, %s %.4g ms", when, transform_pruned.name, ms[PRUNED],
           transform_vkfft.name, ms[VKFFT]);
  return ms[PRUNED] <= ms[VKFFT] ? &transform_pruned : &transform_vkfft;
}

/* Chooses the faster of the two. If one of them cannot be had, it is the other. */
static enum vordec_status choose(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                 const struct transform **chosen, char reason[160], struct vordec_error *error) {
  char key[96];
  double ms[SESSION_CANDIDATES] = {0};
  struct vordec_error unserved;
  *chosen = &transform_pruned;
  if (transform_vkfft.serves(desc->n, &unserved)) {
    snprintf(reason, 160, "VkFFT is not used for sizes with a prime factor above 13");
    return VORDEC_OK;
  }
  make_key(desc, key);
  if (timings_recall(session, key, ms)) {
    *chosen = faster(ms, "measured by an earlier plan", reason);
    return VORDEC_OK;
  }
  struct trial pruned = {0}, vkfft = {0};
  const enum vordec_status status = measure(session, desc, &pruned, &vkfft, error);
  if (status) return status;
  if (pruned.status || vkfft.status) {
    if (pruned.status) *chosen = &transform_vkfft;
    snprintf(reason, 160, "%.159s", pruned.status ? pruned.error.message : vkfft.error.message);
    return VORDEC_OK;
  }
  ms[PRUNED] = pruned.ms;
  ms[VKFFT] = vkfft.ms;
  timings_remember(session, key, ms);
  *chosen = faster(ms, "measured", reason);
  return VORDEC_OK;
}

enum vordec_status autotune_order(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                  const struct transform *order[AUTOTUNE_TRANSFORMS], char reason[160],
                                  struct vordec_error *error) {
  const enum vordec_status status = choose(session, desc, &order[0], reason, error);
  if (status) return status;
  order[1] = order[0] == &transform_pruned ? &transform_vkfft : &transform_pruned;
  order[2] = &transform_direct;
  return VORDEC_OK;
}
