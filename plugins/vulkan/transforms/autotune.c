#include "autotune.h"

#include "gpu/cache.h"
#include "gpu/vulkan_host.h"
#include "plan/vulkan_decode.h"
#include "transforms/vkfft/vkfft.h"

#include <blake2.h>
#include <stdlib.h>

#define CHOICE_VERSION 2 /* raise it when the speed of a transform changes */
#define RUNS 7

/* What is kept on disk. */
struct verdict {
  double pruned_ms, vkfft_ms;
};

struct trial {
  double ms;
  enum vordec_status status; /* E_UNSUPPORTED, E_NO_MEMORY: it is out of the question, for this reason */
  struct vordec_error error;
};

static int by_value(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* Stages 1 to 3 on the device's clock, or the whole call where it has none. */
static double time_of(const struct vordec_host *host, const struct vordec_decode_result *result, double start_ms) {
  double sum = 0.0;
  for (int stage = VORDEC_STAGE_SCATTER_LOWK; stage <= VORDEC_STAGE_MASK; stage++) sum += result->stage_ms[stage];
  return sum > 0.0 ? sum : host_ms(host) - start_ms;
}

static enum vordec_status run(struct vordec_plan *plan, const double *z, double *ms, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->host;
  const struct vordec_decode_job job = {.struct_size = sizeof job, .count = 1, .z = z};
  double times[RUNS];
  for (int i = -1; i < RUNS; i++) { /* the first does not count */
    struct vordec_decode_result result = {.struct_size = sizeof result};
    const double start_ms = host_ms(host);
    const enum vordec_status status = decode_run(plan, &job, &result, error);
    if (status) return status;
    if (i >= 0) times[i] = time_of(host, &result, start_ms);
  }
  qsort(times, RUNS, sizeof *times, by_value);
  *ms = times[RUNS / 2];
  return VORDEC_OK;
}

static void try_out(struct vordec_session *session, const struct vordec_plan_desc *desc, const char *fft,
                    const double *z, struct trial *trial) {
  struct vordec_plan_desc one = *desc;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_plan *plan = NULL;
  one.batch = 1;
  one.fft = fft;
  one.include_anchors = false;
  one.outputs = VORDEC_OMEGA_LP | VORDEC_MASK;
  one.residuals = 0;
  trial->status = plan_create(session, &one, &plan, &info, &trial->error);
  if (!trial->status) trial->status = run(plan, z, &trial->ms, &trial->error);
  plan_destroy(plan);
}

static bool is_fatal(const struct trial *trial) {
  return trial->status && !host_may_go_on(&trial->error);
}

/* Coefficients of like size and no order: a field with edges in its mask, so that no stage has less to do than usual.
 */
static void fill_state(const struct vordec_plan_desc *desc, double *z) {
  uint32_t x = 1;
  for (uint32_t i = 0; i < 2 * desc->m; i++) {
    x = x * 1664525u + 1013904223u;
    z[i] = (double)x / 2147483648.0 - 1.0;
  }
}

static enum vordec_status measure(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                  struct trial *pruned, struct trial *vkfft, struct vordec_error *error) {
  double *z = host_alloc(session->host, desc->d, sizeof *z);
  if (!z) return host_no_memory(error, "a state to measure with");
  fill_state(desc, z);
  try_out(session, desc, "pruned", z, pruned);
  if (!is_fatal(pruned)) try_out(session, desc, "vkfft", z, vkfft);
  host_free(session->host, z);
  const struct trial *failed = is_fatal(pruned) ? pruned : is_fatal(vkfft) ? vkfft : NULL;
  if (!failed) return VORDEC_OK;
  *error = failed->error;
  return failed->status;
}

/* Everything that the time depends on, the batch left out. */
static void make_key(const struct vordec_plan_desc *desc, char key[96]) {
  uint8_t digest[8];
  char hex[17];
  blake2b(digest, desc->low_index, NULL, sizeof digest, desc->m * sizeof *desc->low_index, 0);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  snprintf(key, 96, "choice %d n %u modes %s w %u %d %d %u fp%d", CHOICE_VERSION, (unsigned)desc->n, hex,
           (unsigned)desc->smooth_width, (int)desc->smooth_kernel, (int)desc->boundary, (unsigned)desc->majority_iters,
           desc->precision == VORDEC_FP64 ? 64 : 32);
}

/* A session does not change its mind, not even where nothing can be kept on disk. */
static void remember(struct vordec_session *session, const char *key, const struct verdict *verdict) {
  const uint32_t at = session->verdict_count++ % SESSION_VERDICTS;
  snprintf(session->verdicts[at].key, sizeof session->verdicts[at].key, "%s", key);
  session->verdicts[at].pruned_ms = verdict->pruned_ms;
  session->verdicts[at].vkfft_ms = verdict->vkfft_ms;
}

static bool recall(struct vordec_session *session, const char *key, struct verdict *verdict) {
  for (uint32_t i = 0; i < session->verdict_count && i < SESSION_VERDICTS; i++) {
    if (strcmp(session->verdicts[i].key, key) != 0) continue;
    *verdict = (struct verdict){session->verdicts[i].pruned_ms, session->verdicts[i].vkfft_ms};
    return true;
  }
  size_t size = 0;
  void *content = cache_load(session, key, &size);
  const bool valid = content && size == sizeof *verdict;
  if (valid) memcpy(verdict, content, sizeof *verdict);
  host_free(session->host, content);
  if (valid) remember(session, key, verdict);
  return valid;
}

static enum plan_transform conclude(const struct verdict *verdict, const char *when, char reason[160]) {
  const bool prune = verdict->pruned_ms <= verdict->vkfft_ms;
  snprintf(reason, 160, "%s for one state: pruned %.4g ms, vkfft %.4g ms", when, verdict->pruned_ms, verdict->vkfft_ms);
  return prune ? TRANSFORM_PRUNED : TRANSFORM_VKFFT;
}

enum vordec_status choice_make(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               enum plan_transform *transform, char reason[160], struct vordec_error *error) {
  char key[96];
  struct verdict verdict;
  if (!vkfft_serves(desc->n)) {
    *transform = TRANSFORM_PRUNED;
    snprintf(reason, 160, "VkFFT is not used for sizes with a prime factor above 13");
    return VORDEC_OK;
  }
  make_key(desc, key);
  if (recall(session, key, &verdict)) {
    *transform = conclude(&verdict, "measured by an earlier plan", reason);
    return VORDEC_OK;
  }
  struct trial pruned = {0}, vkfft = {0};
  const enum vordec_status status = measure(session, desc, &pruned, &vkfft, error);
  if (status) return status;
  if (pruned.status || vkfft.status) {
    *transform = pruned.status ? TRANSFORM_VKFFT : TRANSFORM_PRUNED;
    snprintf(reason, 160, "%.159s", pruned.status ? pruned.error.message : vkfft.error.message);
    return VORDEC_OK;
  }
  verdict = (struct verdict){pruned.ms, vkfft.ms};
  remember(session, key, &verdict);
  cache_store(session, key, &verdict, sizeof verdict);
  *transform = conclude(&verdict, "measured", reason);
  return VORDEC_OK;
}
