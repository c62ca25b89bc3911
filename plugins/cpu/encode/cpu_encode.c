/* SPDX-License-Identifier: MIT */
#include "cpu_encode.h"

#include <string.h>

#include "core/base/window.h"
#include "encode_spectrum.h"
#include "numerics/planes.h"
#include "numerics/smooth.h"
#include "plugins/cpu/cpu_session.h"
#include "plugins/cpu/simulate/cpu_simulate.h"

/* The number of cells that make it worth waking a thread for its share of a pass. */
#define CELLS_PER_SLOT ((size_t)1 << 12)

/* What counts as dispatches of a field: smoothing, mask, transforms, energies. */
#define PASSES 4

struct vordec_backend_encoder {
  struct vordec_session *session;
  struct grid grid;
  struct team team;
  uint32_t low_count, mid_count;
  uint32_t *low_index, *mid_index;
  uint8_t *skip; /* of R's half spectrum: what is low or mid */

  struct smoothing smoothing;
  double tau;
  uint32_t majority_iters;

  struct encode_spectrum spectrum;
  double *omega, *along_x, *residual; /* rows of grid.pitch; the first and the last become spectra */
  double *rows;                       /* n sums */
  uint64_t *bits;
  int8_t *mask; /* n x n */
  struct smooth_slot *smooth;
  struct planes_slot *planes;
  size_t *cells; /* for each slot, how many cells of its share of the mask are not 0 */
};

/* ---- making one ---- */

static void destroy(struct vordec_backend_encoder *encoder) {
  if (!encoder) return;
  const struct memory_source *source = &encoder->session->memory.source;
  encode_spectrum_destroy(&encoder->spectrum);
  smoothing_destroy(&encoder->smoothing, source);
  smooth_slots_destroy(encoder->smooth, source, encoder->team.slots);
  planes_slots_destroy(encoder->planes, source, encoder->team.slots);
  memory_release(source, encoder->cells);
  memory_release(source, encoder->mask);
  memory_release(source, encoder->bits);
  memory_release(source, encoder->rows);
  memory_release(source, encoder->residual);
  memory_release(source, encoder->along_x);
  memory_release(source, encoder->omega);
  memory_release(source, encoder->skip);
  memory_release(source, encoder->mid_index);
  memory_release(source, encoder->low_index);
  memory_release(source, encoder);
}

static enum vordec_status check_setup(const struct vordec_encode_setup *setup, struct vordec_error *error) {
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "cpu: fields are encoded in fp64 only");
  }
  if (!window_at(setup->smooth_kernel)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "cpu: smoothing window %d is not known",
                       (int)setup->smooth_kernel);
  }
  if (strcmp(setup->fft, "auto") == 0 || strcmp(setup->fft, "fftw") == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "cpu: the FFT \"%s\" cannot encode; fftw can",
                     setup->fft);
}

static enum vordec_status fail_memory(const struct vordec_encode_setup *setup, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory for an encoder of N = %u; use fewer threads or a smaller grid", setup->n);
}

/* Fields are transformed in place. */
static struct grid grid_of_fields(size_t n) {
  struct grid grid = grid_of(n);
  grid.pitch = encode_spectrum_pitch(n);
  return grid;
}

static void measure(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup) {
  const size_t n = setup->n, threads = pool_threads(encoder->session->pool), worthwhile = n * n / CELLS_PER_SLOT;
  encoder->grid = grid_of_fields(n);
  encoder->team =
      (struct team){encoder->session->pool, worthwhile < threads ? worthwhile + (worthwhile == 0) : threads};
  encoder->low_count = setup->low_count;
  encoder->mid_count = setup->mid_count;
  encoder->tau = setup->tau;
  encoder->majority_iters = setup->majority_iters;
}

/* Refuses what is larger than the machine's memory before any of it is touched. */
static enum vordec_status check_fit(const struct vordec_backend_encoder *encoder, struct vordec_error *error) {
  const struct grid *grid = &encoder->grid;
  const uint64_t n = grid->n, fields = 3 * sizeof(double) * n * grid->pitch;
  const uint64_t need = fields + n * n + n * grid->half + planes_words_of_field(grid) * sizeof(uint64_t);
  const uint64_t have = encoder->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: an encoder of N = %zu needs %llu MiB and this machine has %llu MiB; use a smaller grid",
                     grid->n, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static uint32_t *copy_index(struct memory *memory, const uint32_t *index, uint32_t count) {
  uint32_t *copy = memory_take(memory, count + (size_t)1, sizeof *copy);
  if (copy && count) memcpy(copy, index, count * sizeof *copy);
  return copy;
}

static bool create_arrays(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup,
                          struct memory *memory) {
  const struct grid *grid = &encoder->grid;
  const size_t slots = encoder->team.slots, cells = grid->n * grid->pitch;
  const struct window_choice window = {setup->smooth_width, setup->smooth_kernel, setup->boundary};
  encoder->low_index = copy_index(memory, setup->low_index, setup->low_count);
  encoder->mid_index = copy_index(memory, setup->mid_index, setup->mid_count);
  encoder->skip = memory_take(memory, grid->n, grid->half);
  encoder->omega = memory_take(memory, cells, sizeof *encoder->omega);
  encoder->along_x = memory_take(memory, cells, sizeof *encoder->along_x);
  encoder->residual = memory_take(memory, cells, sizeof *encoder->residual);
  encoder->rows = memory_take(memory, grid->n, sizeof *encoder->rows);
  encoder->bits = memory_take(memory, planes_words_of_field(grid), sizeof *encoder->bits);
  encoder->mask = memory_take(memory, grid->n, grid->n);
  encoder->cells = memory_take(memory, slots, sizeof *encoder->cells);
  encoder->planes = planes_slots_create(grid, memory, slots);
  const bool smooths = smoothing_create(&encoder->smoothing, memory, grid, &window);
  encoder->smooth = smooths ? smooth_slots_create(&encoder->smoothing, memory, slots) : NULL;
  return encoder->low_index && encoder->mid_index && encoder->skip && encoder->omega && encoder->along_x &&
         encoder->residual && encoder->rows && encoder->bits && encoder->mask && encoder->cells && encoder->planes &&
         encoder->smooth;
}

static void mark_modes(const struct vordec_backend_encoder *encoder) {
  for (uint32_t i = 0; i < encoder->low_count; i++) {
    encoder->skip[encode_spectrum_place(encoder->grid.n, encoder->low_index[i])] = 1;
  }
  for (uint32_t i = 0; i < encoder->mid_count; i++) {
    encoder->skip[encode_spectrum_place(encoder->grid.n, encoder->mid_index[i])] = 1;
  }
}

/* In the columns that are their own mirror image, both a mode and its conjugate have a place. */
static void mark_conjugates(const struct vordec_backend_encoder *encoder) {
  const size_t n = encoder->grid.n, half = encoder->grid.half;
  for (size_t x = 0; x < half; x++) {
    if (x != 0 && 2 * x != n) continue;
    for (size_t y = 1; y < n; y++) {
      if (encoder->skip[(n - y) * half + x]) encoder->skip[y * half + x] = 1;
    }
  }
}

static void report_plan(const struct vordec_encode_setup *setup, const struct memory *memory,
                        struct vordec_plan_info *info) {
  const bool chosen = strcmp(setup->fft, "auto") == 0;
  snprintf(info->fft, sizeof info->fft, "fftw");
  snprintf(info->fft_reason, sizeof info->fft_reason, "%s", chosen ? "encoders have no other FFT" : "");
  info->host_bytes = memory->bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
}

static enum vordec_status fill(struct vordec_backend_encoder *encoder, const struct vordec_encode_setup *setup,
                               struct memory *memory, struct vordec_error *error) {
  measure(encoder, setup);
  const enum vordec_status status = check_fit(encoder, error);
  if (status) return status;
  if (!create_arrays(encoder, setup, memory) ||
      !encode_spectrum_create(&encoder->spectrum, encoder->grid.n, encoder->omega)) {
    return fail_memory(setup, error);
  }
  mark_modes(encoder);
  mark_conjugates(encoder);
  return VORDEC_OK;
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_encode_setup *setup,
                                 struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  enum vordec_status status = check_setup(setup, error);
  if (status) return status;
  struct memory memory = {.source = session->memory.source};
  struct vordec_backend_encoder *made = memory_take(&memory, 1, sizeof *made);
  if (!made) return fail_memory(setup, error);
  made->session = session;
  status = fill(made, setup, &memory, error);
  if (status) {
    destroy(made);
    return status;
  }
  report_plan(setup, &memory, info);
  *encoder = made;
  return VORDEC_OK;
}

/* ---- encoding ---- */

/* One field on its way. */
struct encoding {
  struct vordec_backend_encoder *encoder;
  const double *given; /* n rows */
  size_t given_pitch;  /* doubles from row to row of it */
  int8_t *mask;        /* n x n */
};

static void copy_rows(void *ctx, size_t slot, size_t slots) {
  const struct encoding *encoding = ctx;
  const struct grid *grid = &encoding->encoder->grid;
  const struct range share = range_of_slot(grid->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    memcpy(encoding->encoder->omega + y * grid->pitch, encoding->given + y * encoding->given_pitch,
           grid->n * sizeof(double));
  }
}

static void count_cells(void *ctx, size_t slot, size_t slots) {
  const struct encoding *encoding = ctx;
  const size_t n = encoding->encoder->grid.n;
  const struct range share = range_of_slot(n, slot, slots);
  size_t count = 0;
  for (size_t i = share.begin * n; i < share.end * n; i++) count += encoding->mask[i] != 0;
  encoding->encoder->cells[slot] = count;
}

static double make_mask(struct encoding *encoding, double absmax) {
  struct vordec_backend_encoder *encoder = encoding->encoder;
  const struct planes_work planes = {.kernels = encoder->session->kernels,
                                     .grid = &encoder->grid,
                                     .bits = encoder->bits,
                                     .team = encoder->team,
                                     .slots = encoder->planes};
  size_t support = 0;
  planes_threshold(&planes, encoder->residual, planes_bound(absmax + 1e-12, encoder->tau));
  planes_settle(&planes, encoder->majority_iters, encoding->mask, encoder->grid.n);
  team_run(encoder->team, count_cells, encoding);
  for (size_t slot = 0; slot < encoder->team.slots; slot++) support += encoder->cells[slot];
  return (double)support / ((double)encoder->grid.n * (double)encoder->grid.n);
}

static void transform(void *ctx, size_t slot, size_t slots) {
  const struct encoding *encoding = ctx;
  const struct vordec_backend_encoder *encoder = encoding->encoder;
  double *const fields[] = {encoder->omega, encoder->residual};
  const struct range share = range_of_slot(sizeof fields / sizeof *fields, slot, slots);
  for (size_t i = share.begin; i < share.end; i++) encode_spectrum_transform(&encoder->spectrum, fields[i]);
}

static void read_modes(const double *array, size_t n, const uint32_t *index, uint32_t count, double *c) {
  for (uint32_t i = 0; i < count; i++) encode_spectrum_mode(array, n, index[i], c + 2 * (size_t)i);
}

/* Field number `i` of a job. */
static void encode_field(struct encoding *encoding, const struct vordec_encode_job *job, size_t i) {
  struct vordec_backend_encoder *encoder = encoding->encoder;
  const struct smooth_fields fields = {encoder->omega, encoder->along_x, encoder->residual};
  const size_t n = encoder->grid.n, low = encoder->low_count, mid = encoder->mid_count;
  team_run(encoder->team, copy_rows, encoding);
  job->support[i] = make_mask(encoding, smooth_residual(&encoder->smoothing, &fields, encoder->team, encoder->smooth));
  team_run(encoder->team, transform, encoding);
  read_modes(encoder->omega, n, encoder->low_index, encoder->low_count, job->low + 2 * i * low);
  read_modes(encoder->residual, n, encoder->mid_index, encoder->mid_count, job->mid + 2 * i * mid);
  job->high[i] = encode_spectrum_energy(encoder->residual, n, encoder->skip, encoder->rows, encoder->team);
}

static void show_evidence(const struct vordec_backend_encoder *encoder, uint64_t dispatches,
                          struct vordec_evidence *evidence) {
  const struct vordec_device *device = &encoder->session->device;
  *evidence = (struct vordec_evidence){
      .type = device->type, .dispatches_recorded = dispatches, .dispatches_completed = dispatches};
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
}

static enum vordec_status encode(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                                 struct vordec_encode_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  const struct vordec_host *host = encoder->session->host;
  const size_t cells = encoder->grid.n * encoder->grid.n;
  const uint64_t start = host->clock_ns(host->ctx);
  for (size_t i = 0; i < job->count; i++) {
    struct encoding encoding = {.encoder = encoder, .mask = encoder->mask};
    if (job->mask) encoding.mask = job->mask + i * cells;
    encoding.given =
        job->simulation ? cpu_simulation_field(job->simulation, job->first_member + i) : job->omega + i * cells;
    encoding.given_pitch = job->simulation ? cpu_simulation_pitch(encoder->grid.n) : encoder->grid.n;
    encode_field(&encoding, job, i);
  }
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  show_evidence(encoder, (uint64_t)PASSES * job->count, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_encode_interface cpu_encode_interface = {
    .struct_size = sizeof cpu_encode_interface, .create = create, .destroy = destroy, .encode = encode};
