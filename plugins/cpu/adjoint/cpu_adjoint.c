/* SPDX-License-Identifier: MIT */
#include "cpu_adjoint.h"

#include <string.h>

#include "numerics/grid.h"

/* States are handed to threads whole only while the work memory of all of them stays below this. */
#define WHOLE_STATES_BYTES ((size_t)1 << 30)

/* ---- making one ---- */

void cpu_adjoint_destroy(struct vordec_backend_adjoint *adjoint) {
  if (!adjoint) return;
  const struct memory_source *source = &adjoint->session->memory.source;
  encode_spectrum_destroy(&adjoint->spectrum);
  memory_release(source, adjoint->work);
  memory_release(source, adjoint->index);
  memory_release(source, adjoint);
}

static enum vordec_status check_desc(const struct vordec_plan_desc *desc, struct vordec_error *error) {
  if (desc->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "cpu: gradients are computed in fp64 only");
  }
  if (strcmp(desc->fft, "auto") == 0 || strcmp(desc->fft, "fftw") == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                     "cpu: the FFT \"%s\" cannot compute gradients; fftw can", desc->fft);
}

static enum vordec_status fail_memory(const struct vordec_plan_desc *desc, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory for gradients of N = %u; use fewer threads or a smaller grid", desc->n);
}

/* Refuses what is larger than the machine's memory before any of it is touched. */
static enum vordec_status check_fit(const struct vordec_backend_adjoint *adjoint, struct vordec_error *error) {
  const uint64_t need = (uint64_t)adjoint->team.slots * adjoint->work_doubles * sizeof(double);
  const uint64_t have = adjoint->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: gradients of N = %zu need %llu MiB and this machine has %llu MiB; use a smaller grid",
                     adjoint->n, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static void measure(struct vordec_backend_adjoint *adjoint, const struct vordec_plan_desc *desc) {
  const size_t threads = pool_threads(adjoint->session->pool);
  adjoint->n = desc->n;
  adjoint->d = desc->d;
  adjoint->m = desc->m;
  adjoint->kept = desc->include_anchors ? desc->max_kept : 0;
  adjoint->gate = desc->gate;
  adjoint->work_doubles = grid_padded(adjoint->n * encode_spectrum_pitch(adjoint->n), 8);
  size_t slots = desc->batch < threads ? desc->batch : threads;
  while (slots > 1 && slots * adjoint->work_doubles * sizeof(double) > WHOLE_STATES_BYTES) slots--;
  adjoint->team = (struct team){adjoint->session->pool, slots};
}

static enum vordec_status fill(struct vordec_backend_adjoint *adjoint, const struct vordec_plan_desc *desc,
                               struct memory *memory, struct vordec_error *error) {
  measure(adjoint, desc);
  const enum vordec_status status = check_fit(adjoint, error);
  if (status) return status;
  adjoint->index = memory_take(memory, adjoint->m + adjoint->kept + 1, sizeof *adjoint->index);
  adjoint->work = memory_take(memory, adjoint->team.slots * adjoint->work_doubles, sizeof *adjoint->work);
  if (!adjoint->index || !adjoint->work || !encode_spectrum_create(&adjoint->spectrum, adjoint->n, adjoint->work)) {
    return fail_memory(desc, error);
  }
  if (adjoint->m) memcpy(adjoint->index, desc->low_index, adjoint->m * sizeof *adjoint->index);
  if (adjoint->kept) memcpy(adjoint->index + adjoint->m, desc->anchor_index, adjoint->kept * sizeof *adjoint->index);
  return VORDEC_OK;
}

enum vordec_status cpu_adjoint_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  enum vordec_status status = check_desc(desc, error);
  if (status) return status;
  struct memory memory = {.source = session->memory.source};
  struct vordec_backend_adjoint *made = memory_take(&memory, 1, sizeof *made);
  if (!made) return fail_memory(desc, error);
  made->session = session;
  status = fill(made, desc, &memory, error);
  if (status) {
    cpu_adjoint_destroy(made);
    return status;
  }
  snprintf(info->fft, sizeof info->fft, "fftw");
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s",
           strcmp(desc->fft, "auto") == 0 ? "gradients have no other FFT" : "");
  info->host_bytes = memory.bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
  *adjoint = made;
  return VORDEC_OK;
}

/* ---- the stages, transposed ---- */

struct transposing {
  struct vordec_backend_adjoint *adjoint;
  const struct vordec_adjoint_job *job;
};

/* Writes one field, or the sum of both, as rows that a transform takes. */
static void load(const struct vordec_backend_adjoint *adjoint, const double *one, const double *other, double *work) {
  const size_t n = adjoint->n, pitch = encode_spectrum_pitch(n);
  for (size_t y = 0; y < n; y++) {
    double *row = work + y * pitch;
    memcpy(row, one + y * n, n * sizeof *row);
    for (size_t x = 0; other && x < n; x++) row[x] += other[y * n + x];
  }
}

/* Takes from the spectrum what the coefficients of these modes get. */
static void gather(const struct vordec_backend_adjoint *adjoint, const double *spectrum, const uint32_t *index,
                   size_t count, double *re, double *im) {
  for (size_t i = 0; i < count; i++) {
    double sum[2];
    encode_spectrum_sum(spectrum, adjoint->n, index[i], sum);
    re[i] = sum[0];
    im[i] = sum[1];
  }
}

static const double *field_of(const void *fields, size_t cells, size_t i) {
  return fields ? (const double *)fields + i * cells : NULL;
}

/* The derivatives with respect to the i-th state of the job. */
static void transpose_state(const struct transposing *transposing, size_t i, double *work) {
  const struct vordec_backend_adjoint *adjoint = transposing->adjoint;
  const struct vordec_adjoint_job *job = transposing->job;
  const size_t cells = adjoint->n * adjoint->n, m = adjoint->m;
  const size_t kept = job->kept[i] < adjoint->kept ? job->kept[i] : adjoint->kept;
  const double *lp = field_of(job->omega_lp, cells, i), *hat = field_of(job->omega_hat, cells, i);
  double *z = job->z + i * adjoint->d, *tail = z + 2 * m + 4;
  memset(z, 0, adjoint->d * sizeof *z);
  load(adjoint, lp ? lp : hat, lp ? hat : NULL, work);
  encode_spectrum_transform(&adjoint->spectrum, work);
  gather(adjoint, work, adjoint->index, m, z, z + m);
  if (!hat || kept == 0) return;
  if (lp) {
    load(adjoint, hat, NULL, work);
    encode_spectrum_transform(&adjoint->spectrum, work);
  }
  gather(adjoint, work, adjoint->index + m, kept, tail, tail + kept);
}

static void weigh_by_mask(const struct transposing *transposing, size_t i) {
  const struct vordec_adjoint_job *job = transposing->job;
  const size_t cells = transposing->adjoint->n * transposing->adjoint->n;
  const double *hat = field_of(job->omega_hat, cells, i);
  const int8_t *mask = job->mask + i * cells;
  double *residual = (double *)job->residual + i * cells;
  const bool with_sign = transposing->adjoint->gate == VORDEC_GATE_SIGNED;
  for (size_t c = 0; c < cells; c++) residual[c] = mask[c] == 0 ? 0.0 : with_sign && mask[c] < 0 ? -hat[c] : hat[c];
}

static void transpose_share(void *ctx, size_t slot, size_t slots) {
  const struct transposing *transposing = ctx;
  const struct vordec_backend_adjoint *adjoint = transposing->adjoint;
  const struct range share = range_of_slot(transposing->job->count, slot, slots);
  for (size_t i = share.begin; i < share.end; i++) {
    if (transposing->job->z) transpose_state(transposing, i, adjoint->work + slot * adjoint->work_doubles);
    if (transposing->job->residual) weigh_by_mask(transposing, i);
  }
}

static void show_evidence(const struct vordec_backend_adjoint *adjoint, uint64_t dispatches,
                          struct vordec_evidence *evidence) {
  const struct vordec_device *device = &adjoint->session->device;
  *evidence = (struct vordec_evidence){
      .type = device->type, .dispatches_recorded = dispatches, .dispatches_completed = dispatches};
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
}

enum vordec_status cpu_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                   struct vordec_adjoint_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  const struct vordec_host *host = adjoint->session->host;
  const uint64_t start = host->clock_ns(host->ctx), parts = (job->z ? 1u : 0u) + (job->residual ? 1u : 0u);
  struct transposing transposing = {adjoint, job};
  team_run(adjoint->team, transpose_share, &transposing);
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  show_evidence(adjoint, parts * job->count, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_adjoint_interface cpu_adjoint_interface = {.struct_size = sizeof cpu_adjoint_interface,
                                                               .create = cpu_adjoint_create,
                                                               .destroy = cpu_adjoint_destroy,
                                                               .run = cpu_adjoint_run};
