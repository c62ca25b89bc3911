/* SPDX-License-Identifier: MIT */
#include "vulkan_synthesis.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "gpu/vk_result.h"
#include "gpu/vulkan_host.h"
#include "plan_memory.h"
#include "reduce.h"
#include "rolled_states.h"
#include "transforms/unit_root.h"
#include "upload.h"

#define TWO_PI 6.283185307179586476925

static const struct vulkan_simulation_sizes *sizes_of(const struct vordec_plan *plan) {
  return &plan->synthesis.sizes;
}

/* ---- its buffers ---- */

/* How many complex values a state has between two passes. */
static uint64_t line_values(const struct vordec_plan *plan) {
  const uint64_t tile = sizes_of(plan)->tile;
  return (plan->n + tile - 1) / tile * tile * plan->n;
}

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct plan_synthesis *synthesis = &plan->synthesis;
  const struct band_table *table = &synthesis->table;
  const uint64_t pair = 2ull * plan->real_bytes, field = (uint64_t)plan->cells * plan->real_bytes;
  const bool host_writes =
      buffer_memory_type(&plan->session->gpu.facts, BUFFER_DEVICE_UPLOAD, UINT32_MAX) != UINT32_MAX;
  if (!synthesis->bands && !synthesis->sums_hat) return;
  needs[PLAN_ROOTS] = need_of("roots", BUFFER_DEVICE, plan->n * pair, 0);
  needs[PLAN_FIELD_LINES] = need_of("field lines", BUFFER_DEVICE, 0, line_values(plan) * pair);
  if (!synthesis->bands) return;
  needs[PLAN_BAND_UNTIL] =
      need_of("band table", BUFFER_DEVICE, (uint64_t)table->side * table->side * sizeof *table->until, 0);
  needs[PLAN_BAND_MODES] =
      need_of("band modes", BUFFER_DEVICE, (synthesis->max_kept + 1ull) * sizeof *table->mid_modes, 0);
  if (synthesis->bands & VORDEC_RESIDUAL_MID) needs[PLAN_MID] = need_of("mid band", BUFFER_DEVICE, 0, field);
  if (synthesis->bands & VORDEC_RESIDUAL_HIGH) needs[PLAN_HIGH] = need_of("high band", BUFFER_DEVICE, 0, field);
  if (!synthesis->phases) return;
  needs[PLAN_PHASES] =
      need_of("phases", host_writes ? BUFFER_DEVICE_UPLOAD : BUFFER_UPLOAD, 2 * 2 * sizeof(uint32_t) * plan->cells, 0);
}

/* ---- making it ---- */

static enum vordec_status make_table(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                     const struct vordec_residual_setup *setup, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  const struct band_desc bands = {.n = desc->n,
                                  .mid_limit = setup->mid_limit,
                                  .modes = setup->half ? MODES_HALF : MODES_FULL,
                                  .low_index = desc->low_index,
                                  .m = desc->m,
                                  .anchor_index = desc->anchor_index,
                                  .max_kept = desc->max_kept};
  struct band_table *table = &plan->synthesis.table;
  band_table_measure(&bands, table);
  table->until = host_alloc(host, (size_t)table->side * table->side, sizeof *table->until);
  table->mid_modes = host_alloc(host, (size_t)desc->max_kept + 1, sizeof *table->mid_modes);
  if (!table->until || !table->mid_modes) return host_no_memory(error, "the bands of a residual");
  band_table_fill(&bands, table);
  return VORDEC_OK;
}

static enum vordec_status make_pipeline(struct vordec_plan *plan, enum kernel kernel,
                                        const struct vulkan_simulation_lines *lines, VkPipeline *pipeline,
                                        struct vordec_error *error) {
  const uint32_t *f = lines->factors;
  const uint32_t flags = (lines->butterflies ? VORDEC_SIMULATE_BUTTERFLIES : 0) |
                         (lines->split ? VORDEC_SIMULATE_SPLIT : 0) | (lines->padded ? VORDEC_SIMULATE_PADDED : 0);
  const struct kernel_constants constants = {10,
                                             {lines->threads, plan->n, sizes_of(plan)->tile, lines->values, 0, flags,
                                              f[0] | f[1] << 16, f[2] | f[3] << 16, f[4] | f[5] << 16,
                                              f[6] | f[7] << 16}};
  return kernels_specialise(&plan->session->kernels, kernel, plan->desc.precision, &constants, pipeline, error);
}

static enum vordec_status make_bands(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                     const struct vordec_residual_setup *setup, struct vordec_error *error) {
  struct plan_synthesis *synthesis = &plan->synthesis;
  const double n = plan->n, most = desc->precision == VORDEC_FP64 ? DBL_MAX : (double)FLT_MAX;
  synthesis->bands = setup->bands;
  synthesis->seed = setup->seed;
  synthesis->phases = setup->phases;
  synthesis->max_kept = desc->max_kept;
  synthesis->energy_max = most / (16.0 * n * n);
  plan->coef_stride += VORDEC_BAND_VALUES;
  plan->combines = (desc->outputs & (VORDEC_OMEGA_HAT | VORDEC_SCALARS)) != 0;
  enum vordec_status status = make_table(plan, desc, setup, error);
  if (!status) status = make_pipeline(plan, KERNEL_BAND_COLUMNS, &sizes_of(plan)->columns, &synthesis->columns, error);
  if (!status) status = make_pipeline(plan, KERNEL_BAND_ROWS, &sizes_of(plan)->rows, &synthesis->rows, error);
  return status;
}

enum vordec_status vulkan_synthesis_create(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           const struct vordec_residual_setup *setup, struct vordec_error *error) {
  struct plan_synthesis *synthesis = &plan->synthesis;
  const bool summed = (desc->outputs & VORDEC_SCALARS) && (setup || plan_residual_bits(plan));
  if (!setup && !summed) return VORDEC_OK;
  const VkPhysicalDeviceLimits *limits = &plan->session->gpu.facts.properties.limits;
  const struct simulation_shape shape = {.n = plan->n, .members = 1, .real_bytes = plan->real_bytes};
  if (!vulkan_simulation_sizes_settle(limits, &shape, &synthesis->sizes)) {
    if (!setup) return VORDEC_OK; /* then the energy stays unknown */
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                       "a residual of N = %u cannot be synthesised: a line does not fit into %u bytes of shared memory",
                       (unsigned)plan->n, (unsigned)limits->maxComputeSharedMemorySize);
  }
  synthesis->list_needs = list_needs;
  enum vordec_status status = setup ? make_bands(plan, desc, setup, error) : VORDEC_OK;
  if (status || !summed) return status;
  synthesis->sums_hat = true;
  status = make_pipeline(plan, KERNEL_HAT_ROWS, &sizes_of(plan)->rows, &synthesis->hat_rows, error);
  if (status) return status;
  return make_pipeline(plan, KERNEL_HAT_COLUMNS, &sizes_of(plan)->columns, &synthesis->hat_columns, error);
}

enum vordec_status vulkan_synthesis_create_lines(struct vordec_plan *plan, struct vordec_error *error) {
  struct plan_synthesis *synthesis = &plan->synthesis;
  const VkPhysicalDeviceLimits *limits = &plan->session->gpu.facts.properties.limits;
  const struct simulation_shape shape = {.n = plan->n, .members = 1, .real_bytes = plan->real_bytes};
  if (!vulkan_simulation_sizes_settle(limits, &shape, &synthesis->sizes)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                       "a field of N = %u cannot be transformed: a line does not fit into %u bytes of shared memory",
                       (unsigned)plan->n, (unsigned)limits->maxComputeSharedMemorySize);
  }
  synthesis->list_needs = list_needs;
  synthesis->sums_hat = true;
  return make_pipeline(plan, KERNEL_HAT_ROWS, &sizes_of(plan)->rows, &synthesis->hat_rows, error);
}

enum vordec_status vulkan_synthesis_columns(struct vordec_plan *plan, enum kernel kernel, VkPipeline *pipeline,
                                            struct vordec_error *error) {
  return make_pipeline(plan, kernel, &sizes_of(plan)->columns, pipeline, error);
}

uint32_t vulkan_synthesis_tiles(const struct vordec_plan *plan) {
  const uint32_t tile = sizes_of(plan)->tile;
  return (plan->n / 2 + tile) / tile;
}

void vulkan_synthesis_destroy(struct vordec_plan *plan) {
  struct vordec_session *session = plan->session;
  struct plan_synthesis *synthesis = &plan->synthesis;
  const VkPipeline pipelines[] = {synthesis->columns, synthesis->rows, synthesis->hat_rows, synthesis->hat_columns};
  for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) kernels_release(&session->kernels, pipelines[i]);
  host_free(session->gpu.host, synthesis->table.until);
  host_free(session->gpu.host, synthesis->table.mid_modes);
}

/* ---- what is in its buffers ---- */

/* Makes the values exp(-2 pi i j / n) in the plan's precision. NULL: out of memory. */
static void *make_roots(const struct vordec_plan *plan) {
  void *roots = host_alloc(plan->session->gpu.host, (size_t)plan->n * 2, plan->real_bytes);
  for (size_t j = 0; j < plan->n && roots; j++) {
    const double complex root = conj(unit_root(j, plan->n));
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)roots)[2 * j] = creal(root);
      ((double *)roots)[2 * j + 1] = cimag(root);
    } else {
      ((float *)roots)[2 * j] = (float)creal(root);
      ((float *)roots)[2 * j + 1] = (float)cimag(root);
    }
  }
  return roots;
}

enum vordec_status vulkan_synthesis_upload(struct vordec_plan *plan, struct vordec_error *error) {
  const struct plan_synthesis *synthesis = &plan->synthesis;
  const struct band_table *table = &synthesis->table;
  if (!synthesis->bands && !synthesis->sums_hat) return VORDEC_OK;
  void *roots = make_roots(plan);
  if (!roots) return host_no_memory(error, "the roots of unity");
  const uint64_t entries = (uint64_t)table->side * table->side;
  const struct upload_part parts[] = {
      {PLAN_ROOTS, roots, 2ull * plan->n * plan->real_bytes},
      {PLAN_BAND_UNTIL, table->until, synthesis->bands ? entries * sizeof *table->until : 0},
      {PLAN_BAND_MODES, table->mid_modes, synthesis->bands ? (synthesis->max_kept + 1ull) * sizeof(uint32_t) : 0},
  };
  const enum vordec_status status = upload_parts(plan, parts, sizeof parts / sizeof *parts, error);
  host_free(plan->session->gpu.host, roots);
  return status;
}

/* ---- a job ---- */

/* Returns a phase as a fraction of a turn in 53 bits, which is how the generator makes it. Any finite number will do,
 * since it has a sine and a cosine. */
static uint64_t turn_words(double phase) {
  const double turn = atan2(sin(phase), cos(phase)) / TWO_PI, positive = turn < 0.0 ? turn + 1.0 : turn;
  return (uint64_t)(positive * 0x1p53) << 11;
}

enum vordec_status vulkan_synthesis_prepare(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                            struct vordec_error *error) {
  struct plan_synthesis *synthesis = &plan->synthesis;
  const struct buffer *buffer = &plan->buffers[PLAN_PHASES];
  const enum vordec_status alive = gpu_check(&plan->session->gpu, error);
  if (alive) return alive;
  synthesis->next = *job;
  synthesis->given = 0;
  for (uint32_t band = 0; band < BANDS; band++) {
    if (!job->phase[band] || !synthesis->phases) continue;
    uint32_t *words = (uint32_t *)buffer->mapped + 2 * (size_t)band * plan->cells;
    synthesis->given |= 1u << band;
    for (size_t i = 0; i < plan->cells; i++) {
      const uint64_t turn = turn_words(job->phase[band][i]);
      words[2 * i] = (uint32_t)(turn >> 32);
      words[2 * i + 1] = (uint32_t)turn;
    }
  }
  const VkResult flushed = synthesis->given ? buffer_flush(&plan->session->gpu, buffer) : VK_SUCCESS;
  if (flushed != VK_SUCCESS) return gpu_fail(&plan->session->gpu, flushed, "vkFlushMappedMemoryRanges", error);
  return VORDEC_OK;
}

static double energy_of(const struct vordec_plan *plan, const double *z, enum band band) {
  const double *scalars = z + 2 * (size_t)plan->desc.m;
  const struct plan_synthesis *synthesis = &plan->synthesis;
  return band_target(&synthesis->table, band, vordec_kept_count(scalars[3], synthesis->max_kept), scalars[1 + band]);
}

static void put_whole(double *values, uint32_t number) {
  values[0] = number & 0xffffu;
  values[1] = number >> 16;
}

void vulkan_synthesis_pack(const struct vordec_plan *plan, const double *z, uint32_t state, double *values) {
  const struct plan_synthesis *synthesis = &plan->synthesis;
  memset(values, 0, (VORDEC_BAND_VALUES + 2) * sizeof *values);
  put_whole(values + 4, synthesis->next.step[state]);
  values[6] = synthesis->given;
  if (!z) return;
  const double *scalars = z + 2 * (size_t)plan->desc.m;
  put_whole(values + 2, vordec_kept_count(scalars[3], synthesis->max_kept));
  for (enum band band = 0; band < BANDS; band++) {
    const double energy = energy_of(plan, z, band);
    if (!(synthesis->bands & (uint32_t)VORDEC_RESIDUAL_MID << band) || !(energy > 0.0)) continue;
    values[band] = sqrt(scalars[1 + band]);
    values[VORDEC_BAND_VALUES + band] = energy;
  }
}

void vulkan_synthesis_report(const struct vordec_plan *plan, const double *z, uint32_t state, const double made[2]) {
  const struct vordec_residual_job *next = &plan->synthesis.next;
  for (enum band band = 0; band < BANDS; band++) {
    if (next->energy[band]) next->energy[band][state] = z ? energy_of(plan, z, band) : made[band];
  }
}

/* ---- recording ---- */

void record_unpack_bands(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct plan_synthesis *synthesis = &plan->synthesis;
  struct unpack_bands_push push = {.d = plan->desc.d,
                                   .m = plan->desc.m,
                                   .max_kept = synthesis->max_kept,
                                   .bands_at = plan->coef_stride - 2 - VORDEC_BAND_VALUES,
                                   .bands = synthesis->bands,
                                   .high_modes = synthesis->table.high_modes,
                                   .pitch = (uint32_t)(rolled_state_bytes(plan) / plan->real_bytes),
                                   .coef_stride = plan->coef_stride,
                                   .states = plan->chunk};
  const float single = (float)synthesis->energy_max;
  uint32_t words[2] = {0, 0};
  if (plan->desc.precision == VORDEC_FP64) {
    memcpy(words, &synthesis->energy_max, sizeof words);
  } else {
    memcpy(words, &single, sizeof single);
  }
  push.most_lo = words[0];
  push.most_hi = words[1];
  const enum plan_buffer buffers[] = {PLAN_ROLLED, PLAN_COEF, PLAN_BAND_MODES, PLAN_NOT_FINITE};
  record_kernel(recorder, KERNEL_UNPACK_BANDS, buffers, &push, 1);
}

static uint32_t blocks_of(const struct vordec_plan *plan) {
  return (plan->n + sizes_of(plan)->tile - 1) / sizes_of(plan)->tile;
}

void record_band_fields(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct plan_synthesis *synthesis = &plan->synthesis;
  const struct band_columns_push push = {.coef_stride = plan->coef_stride,
                                         .bands_at = plan->coef_stride - 2 - VORDEC_BAND_VALUES,
                                         .reach = synthesis->table.reach,
                                         .mid_limit = synthesis->table.mid_limit,
                                         .seed_lo = (uint32_t)synthesis->seed,
                                         .seed_hi = (uint32_t)(synthesis->seed >> 32)};
  const struct band_rows_push rows = {.bands = synthesis->bands};
  /* A binding needs a buffer even if the kernel never reads it. */
  const enum plan_buffer from[] = {PLAN_ROOTS, PLAN_COEF, PLAN_BAND_UNTIL,
                                   synthesis->phases ? PLAN_PHASES : PLAN_BAND_UNTIL, PLAN_FIELD_LINES};
  const enum plan_buffer to[] = {PLAN_ROOTS, PLAN_FIELD_LINES,
                                 synthesis->bands & VORDEC_RESIDUAL_MID ? PLAN_MID : PLAN_HIGH,
                                 synthesis->bands & VORDEC_RESIDUAL_HIGH ? PLAN_HIGH : PLAN_MID};
  record_pipeline(recorder, KERNEL_BAND_COLUMNS, synthesis->columns, from, &push,
                  (struct workgroups){blocks_of(plan), 1});
  record_pipeline(recorder, KERNEL_BAND_ROWS, synthesis->rows, to, &rows, (struct workgroups){plan->n, 1});
}

void record_hat_rows(struct recorder *recorder, enum plan_buffer field) {
  const struct vordec_plan *plan = recorder->plan;
  const struct hat_columns_push push = {.groups = plan->groups};
  const enum plan_buffer rows[] = {PLAN_ROOTS, field, PLAN_FIELD_LINES};
  record_pipeline(recorder, KERNEL_HAT_ROWS, plan->synthesis.hat_rows, rows, &push,
                  (struct workgroups){(plan->n + 1) / 2, 1});
}

void record_hat_energy(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct hat_columns_push push = {.groups = plan->groups, .offset = partial_offset(plan, PARTIAL_ENERGY_HAT)};
  const enum plan_buffer columns[] = {PLAN_ROOTS, PLAN_FIELD_LINES, PLAN_PARTIALS};
  if (!plan->synthesis.sums_hat) return;
  record_hat_rows(recorder, PLAN_FIELD_B);
  record_pipeline(recorder, KERNEL_HAT_COLUMNS, plan->synthesis.hat_columns, columns, &push,
                  (struct workgroups){plan->groups, 1});
}
