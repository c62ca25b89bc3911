/* SPDX-License-Identifier: MIT */
#include "cpu_compare.h"

#include <math.h>
#include <string.h>

#include "plugins/cpu/cpu_plan.h"
#include "plugins/cpu/encode/encode_spectrum.h"
#include "plugins/cpu/simulate/cpu_simulate.h"

/* The number of cells that make it worth waking a thread for its share of a pass. */
#define CELLS_PER_SLOT ((size_t)1 << 12)

/* Sums of a row. */
enum row_sum { SUM_W, SUM_F, SUM_WW, SUM_FF, SUM_WF, SUM_DIFFERENCE, ROW_SUMS };

struct vordec_backend_comparer {
  struct vordec_session *session;
  size_t n, cells, pitch, fields, shells;
  struct team team;
  double *kept; /* fields x n x n */
  double *w;    /* n rows of pitch; the field, then its half spectrum */
  double *rows; /* n x ROW_SUMS */
  struct encode_spectrum spectrum;
};

/* ---- making one ---- */

static void destroy(struct vordec_backend_comparer *comparer) {
  if (!comparer) return;
  const struct memory_source *source = &comparer->session->memory.source;
  encode_spectrum_destroy(&comparer->spectrum);
  memory_release(source, comparer->rows);
  memory_release(source, comparer->w);
  memory_release(source, comparer->kept);
  memory_release(source, comparer);
}

static enum vordec_status fail_memory(const struct vordec_compare_setup *setup, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory to compare with %u fields of N = %u", setup->fields, setup->n);
}

/* Refuses what is larger than the machine's memory before any of it is touched. */
static enum vordec_status check_fit(const struct vordec_backend_comparer *comparer, struct vordec_error *error) {
  const uint64_t need = (uint64_t)sizeof(double) * (comparer->fields * comparer->cells + comparer->n * comparer->pitch);
  const uint64_t have = comparer->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: comparing with %zu fields of N = %zu needs %llu MiB and this machine has %llu MiB",
                     comparer->fields, comparer->n, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static enum vordec_status fill(struct vordec_backend_comparer *comparer, const struct vordec_compare_setup *setup,
                               struct memory *memory, struct vordec_error *error) {
  const size_t n = setup->n, threads = pool_threads(comparer->session->pool), worthwhile = n * n / CELLS_PER_SLOT;
  comparer->n = n;
  comparer->cells = n * n;
  comparer->pitch = encode_spectrum_pitch(n);
  comparer->fields = setup->fields;
  comparer->shells = vordec_compare_shells(setup->n);
  comparer->team =
      (struct team){comparer->session->pool, worthwhile < threads ? worthwhile + (worthwhile == 0) : threads};
  const enum vordec_status status = check_fit(comparer, error);
  if (status) return status;
  comparer->kept = memory_take(memory, comparer->fields * comparer->cells + 1, sizeof *comparer->kept);
  comparer->w = memory_take(memory, n * comparer->pitch, sizeof *comparer->w);
  comparer->rows = memory_take(memory, n * ROW_SUMS, sizeof *comparer->rows);
  const bool made = comparer->kept && comparer->w && comparer->rows;
  return made && encode_spectrum_create(&comparer->spectrum, n, comparer->w) ? VORDEC_OK : fail_memory(setup, error);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_compare_setup *setup,
                                 struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  struct memory memory = {.source = session->memory.source};
  struct vordec_backend_comparer *made = memory_take(&memory, 1, sizeof *made);
  if (!made) return fail_memory(setup, error);
  made->session = session;
  const enum vordec_status status = fill(made, setup, &memory, error);
  if (status) {
    destroy(made);
    return status;
  }
  snprintf(info->fft, sizeof info->fft, "fftw");
  snprintf(info->fft_reason, sizeof info->fft_reason, "comparisons have no other FFT");
  info->host_bytes = memory.bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
  *comparer = made;
  return VORDEC_OK;
}

/* ---- a job ---- */

/* A field, row by row. */
struct rows {
  const double *values;
  size_t pitch;
};

/* What the slots of a pass share: w, and where it goes, or what it is compared with. */
struct pass {
  struct vordec_backend_comparer *comparer;
  struct rows from;
  double *to; /* n x n */
  const double *f;
  double factor, mean[2];
};

static double *kept_field(const struct vordec_backend_comparer *comparer, uint32_t field) {
  return comparer->kept + field * comparer->cells;
}

static struct rows find_field(const struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job) {
  if (job->omega) return (struct rows){job->omega, comparer->n};
  if (job->simulation) {
    return (struct rows){cpu_simulation_field(job->simulation, job->member), cpu_simulation_pitch(comparer->n)};
  }
  if (job->plan) {
    const struct workspace *work = &job->plan->workspaces[0];
    return (struct rows){job->output == VORDEC_OMEGA_HAT ? work->spare : work->lp, job->plan->grid.pitch};
  }
  return (struct rows){kept_field(comparer, job->field), comparer->n};
}

static void take_rows(void *ctx, size_t slot, size_t slots) {
  const struct pass *pass = ctx;
  const struct vordec_backend_comparer *comparer = pass->comparer;
  const struct range share = range_of_slot(comparer->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    memcpy(comparer->w + y * comparer->pitch, pass->from.values + y * pass->from.pitch, comparer->n * sizeof(double));
  }
}

static void put_rows(void *ctx, size_t slot, size_t slots) {
  const struct pass *pass = ctx;
  const struct vordec_backend_comparer *comparer = pass->comparer;
  const struct range share = range_of_slot(comparer->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    memcpy(pass->to + y * comparer->n, comparer->w + y * comparer->pitch, comparer->n * sizeof(double));
  }
}

static void add_rows(void *ctx, size_t slot, size_t slots) {
  const struct pass *pass = ctx;
  const struct vordec_backend_comparer *comparer = pass->comparer;
  const struct range share = range_of_slot(comparer->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    const double *w = comparer->w + y * comparer->pitch;
    double *to = pass->to + y * comparer->n;
    for (size_t x = 0; x < comparer->n; x++) to[x] += w[x];
  }
}

static void sum_rows(void *ctx, size_t slot, size_t slots) {
  const struct pass *pass = ctx;
  const struct vordec_backend_comparer *comparer = pass->comparer;
  const struct range share = range_of_slot(comparer->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    const double *w = comparer->w + y * comparer->pitch, *f = pass->f ? pass->f + y * comparer->n : w;
    double *sum = comparer->rows + y * ROW_SUMS;
    memset(sum, 0, ROW_SUMS * sizeof *sum);
    for (size_t x = 0; x < comparer->n; x++) {
      const double other = pass->factor * f[x];
      sum[SUM_W] += w[x];
      sum[SUM_F] += other;
      sum[SUM_WW] += w[x] * w[x];
      sum[SUM_FF] += other * other;
      sum[SUM_DIFFERENCE] += (w[x] - other) * (w[x] - other);
    }
  }
}

/* About the means. */
static void sum_rows_centred(void *ctx, size_t slot, size_t slots) {
  const struct pass *pass = ctx;
  const struct vordec_backend_comparer *comparer = pass->comparer;
  const struct range share = range_of_slot(comparer->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    const double *w = comparer->w + y * comparer->pitch, *f = pass->f ? pass->f + y * comparer->n : w;
    double *sum = comparer->rows + y * ROW_SUMS;
    memset(sum, 0, ROW_SUMS * sizeof *sum);
    for (size_t x = 0; x < comparer->n; x++) {
      const double own = w[x] - pass->mean[0], other = pass->factor * f[x] - pass->mean[1];
      sum[SUM_WW] += own * own;
      sum[SUM_FF] += other * other;
      sum[SUM_WF] += own * other;
    }
  }
}

/* The mean over the cells, in the order of rows: the same for any number of threads. */
static double mean_of(const struct vordec_backend_comparer *comparer, enum row_sum which) {
  double sum = 0;
  for (size_t y = 0; y < comparer->n; y++) sum += comparer->rows[y * ROW_SUMS + which];
  return sum / (double)comparer->cells;
}

/* Sums of w and of factor times f; f NULL: of w and itself. */
static struct vordec_field_moments measure_pair(struct vordec_backend_comparer *comparer, const double *f,
                                                double factor, struct vordec_pair_moments *against) {
  struct pass pass = {.comparer = comparer, .f = f, .factor = factor};
  struct vordec_field_moments own;
  team_run(comparer->team, sum_rows, &pass);
  own.mean = pass.mean[0] = mean_of(comparer, SUM_W);
  own.square = mean_of(comparer, SUM_WW);
  against->f.mean = pass.mean[1] = mean_of(comparer, SUM_F);
  against->f.square = mean_of(comparer, SUM_FF);
  against->difference = mean_of(comparer, SUM_DIFFERENCE);
  team_run(comparer->team, sum_rows_centred, &pass);
  own.variance = mean_of(comparer, SUM_WW);
  against->f.variance = mean_of(comparer, SUM_FF);
  against->covariance = mean_of(comparer, SUM_WF);
  return own;
}

static double wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (double)i : (double)i - (double)n;
}

/* Adds the energies of row y of the half spectrum to the shells. */
static void add_shells(const struct vordec_backend_comparer *comparer, size_t y, double *shell) {
  const size_t n = comparer->n;
  const double ky = wavenumber(y, n), ky_first = 2 * y == n ? 0 : ky, cells = (double)comparer->cells;
  const double *row = comparer->w + y * comparer->pitch;
  for (size_t x = 0; x <= n / 2; x++) {
    if (x == 0 && y == 0) continue;
    const bool own_column = x == 0 || 2 * x == n;
    const double kx = (double)x, kx_first = 2 * x == n ? 0 : kx, k2 = kx * kx + ky * ky;
    const double re = row[2 * x] / cells, im = row[2 * x + 1] / cells;
    const double first = kx_first * kx_first + ky_first * ky_first;
    shell[(size_t)(sqrt(k2) + 0.5)] += (own_column ? 0.5 : 1.0) * (re * re + im * im) * first / (k2 * k2);
  }
}

/* Turns w into its half spectrum. */
static void measure_shells(const struct vordec_backend_comparer *comparer, double *shell) {
  encode_spectrum_transform(&comparer->spectrum, comparer->w);
  memset(shell, 0, comparer->shells * sizeof *shell);
  for (size_t y = 0; y < comparer->n; y++) add_shells(comparer, y, shell);
}

/* Returns the number of passes that it took. */
static uint64_t do_job(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job) {
  uint64_t passes = 1;
  struct pass pass = {.comparer = comparer, .from = find_field(comparer, job)};
  struct vordec_pair_moments itself;
  team_run(comparer->team, take_rows, &pass);
  if (job->keep != VORDEC_NO_FIELD) {
    pass.to = kept_field(comparer, job->keep);
    team_run(comparer->team, put_rows, &pass);
    passes++;
  }
  if (job->add != VORDEC_NO_FIELD) {
    pass.to = kept_field(comparer, job->add);
    team_run(comparer->team, add_rows, &pass);
    passes++;
  }
  if (job->copy) {
    pass.to = job->copy;
    team_run(comparer->team, put_rows, &pass);
    passes++;
  }
  for (uint32_t i = 0; i < job->pairs; i++) {
    measure_pair(comparer, kept_field(comparer, job->pair[i].field), job->pair[i].factor, &job->against[i]);
  }
  if (job->moments) *job->moments = measure_pair(comparer, NULL, 1.0, &itself);
  if (job->shell) measure_shells(comparer, job->shell);
  return passes + job->pairs + (job->moments != NULL) + (job->shell != NULL);
}

static enum vordec_status compare(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                  struct vordec_compare_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  const struct vordec_host *host = comparer->session->host;
  const struct vordec_device *device = &comparer->session->device;
  const uint64_t start = host->clock_ns(host->ctx), passes = do_job(comparer, job);
  struct vordec_evidence *evidence = &result->evidence;
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  *evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = passes, .dispatches_completed = passes};
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
  return VORDEC_OK;
}

const struct vordec_compare_interface cpu_compare_interface = {
    .struct_size = sizeof cpu_compare_interface, .create = create, .destroy = destroy, .compare = compare};
