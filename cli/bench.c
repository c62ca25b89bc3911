/* vordec bench: how long a decode of stages 1 to 3 takes, and how far that is from the memory floor. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vordec/backend.h>

#include "command.h"
#include "io/outfile.h"
#include "proxy/philox.h"

enum { OPTION_BACKEND, OPTION_SIZES, OPTION_BATCH, OPTION_FFT, OPTION_K_CUT, OPTION_JSON };
static const struct option_spec options[] = {
    [OPTION_BACKEND] = {"backend", "NAME", "the backend to time. Default: that of the configuration"},
    [OPTION_SIZES] = {"sizes", "LIST", "grid sides N, comma-separated. Default: 128,256,512,1024"},
    [OPTION_BATCH] = {"batch", "LIST", "states per call, comma-separated. Default: 1"},
    [OPTION_FFT] = {"fft", "NAME", "the transform. Default: that of the configuration"},
    [OPTION_K_CUT] = {"k-cut", "K", "low modes are those with |k| <= K. Default: 8"},
    [OPTION_JSON] = {"json", "FILE", "write the results as a JSON array"},
};

#define LIST_MAX 16
#define WARMUPS 3
#define RUNS_MIN 30
#define RUNS_MAX 400
#define BUDGET_S 3.0 /* per case; RUNS_MIN is kept all the same */
#define FILL_BYTES ((size_t)256 << 20)
#define FILL_RUNS 5

struct spread {
  double min, median, max;
};

struct result {
  size_t n, batch, runs;
  char backend[64], fft[VORDEC_FFT_NAME_MAX]; /* copies: those in info go with the decoder */
  struct vordec_decoder_info info;
  char decode_device[16];
  bool device_timestamps;
  struct spread total;
  double device_median;
  double stage_median[VORDEC_STAGE_COUNT];
  double bytes_moved;       /* what a decode must write at least: omega_lp and mask */
  double fraction_of_floor; /* time to write that at the measured fill rate, over the median; NAN: rate unknown */
};

/* ---- statistics ---- */

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static struct spread spread_of(double *values, size_t count) {
  qsort(values, count, sizeof *values, ascending);
  return (struct spread){values[0], 0.5 * (values[count / 2] + values[(count - 1) / 2]), values[count - 1]};
}

/* Bytes per second that one thread fills memory with: the best of a few runs over a buffer larger than any cache. */
static double host_fill_rate(void) {
  char *buffer = malloc(FILL_BYTES);
  double best = INFINITY;
  if (!buffer) return NAN;
  for (int i = 0; i <= FILL_RUNS; i++) {
    const double start = now_s();
    memset(buffer, i, FILL_BYTES);
    __asm__ volatile("" : : "r"(buffer) : "memory"); /* keep the fill */
    const double seconds = now_s() - start;
    if (i > 0 && seconds < best) best = seconds; /* the first run takes the page faults */
  }
  free(buffer);
  return (double)FILL_BYTES / best;
}

/* ---- the state ---- */

static int64_t wavenumber(size_t i, size_t n) {
  return 2 * i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

static enum vordec_status make_layout(size_t n, size_t k_cut, struct vordec_layout **layout,
                                      struct vordec_error *error) {
  uint8_t *mask_low = malloc(n * n);
  if (!mask_low) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  for (size_t i = 0; i < n * n; i++) {
    const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
    mask_low[i] = (uint64_t)(kx * kx + ky * ky) <= k_cut * k_cut;
  }
  const struct vordec_layout_desc desc = {.n = n, .mask_low = mask_low, .k_cut = (double)k_cut, .resid_mid_cut = NAN};
  const enum vordec_status status = vordec_layout_create(&desc, layout, error);
  free(mask_low);
  return status;
}

/* A smooth random state: amplitudes exp(-|k|^2 / 72) with random phases, no mean. */
static double *make_states(size_t n, size_t k_cut, size_t batch, const struct vordec_layout_info *info) {
  double *z = calloc(batch, info->d * sizeof *z);
  if (!z) return NULL;
  for (size_t state = 0; state < batch; state++) {
    double *re = z + state * info->d, *im = re + info->m;
    size_t at = 0;
    for (size_t i = 0; i < n * n; i++) {
      const int64_t ky = wavenumber(i / n, n), kx = wavenumber(i % n, n);
      const uint64_t k2 = (uint64_t)(kx * kx + ky * ky);
      if (k2 > k_cut * k_cut) continue;
      const double amplitude = k2 ? exp(-(double)k2 / 72.0) : 0.0;
      const double phase = philox_phase(1, (uint32_t)i, (uint32_t)state, 0);
      re[at] = amplitude * cos(phase);
      im[at++] = amplitude * sin(phase);
    }
  }
  return z;
}

/* ---- one case ---- */

static enum vordec_status time_calls(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct result *result, struct vordec_error *error) {
  double total[RUNS_MAX], device[RUNS_MAX], stage[VORDEC_STAGE_COUNT][RUNS_MAX];
  struct vordec_decode_report report = {0};
  for (int i = 0; i < WARMUPS; i++) {
    const enum vordec_status status = vordec_decode(decoder, io, &report, error);
    if (status) return status;
  }
  const double end = now_s() + BUDGET_S;
  size_t runs = 0;
  while (runs < RUNS_MIN || (runs < RUNS_MAX && now_s() < end)) {
    const enum vordec_status status = vordec_decode(decoder, io, &report, error);
    if (status) return status;
    total[runs] = report.total_ms;
    device[runs] = report.stage_ms[VORDEC_STAGE_SCATTER_LOWK] + report.stage_ms[VORDEC_STAGE_IFFT_LP] +
                   report.stage_ms[VORDEC_STAGE_MASK];
    for (int i = 0; i < VORDEC_STAGE_COUNT; i++) stage[i][runs] = report.stage_ms[i];
    runs++;
  }
  result->runs = runs;
  result->device_timestamps = report.device_timestamps;
  snprintf(result->decode_device, sizeof result->decode_device, "%s", report.decode_device);
  result->total = spread_of(total, runs);
  result->device_median = report.device_timestamps ? spread_of(device, runs).median : NAN;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->stage_median[i] = spread_of(stage[i], runs).median;
  return VORDEC_OK;
}

static enum vordec_status bench_case(struct vordec_runtime *runtime, size_t k_cut, double fill_rate,
                                     struct result *result, struct vordec_error *error) {
  struct vordec_layout *layout = NULL;
  struct vordec_layout_info shape;
  struct vordec_decoder *decoder = NULL;
  double *z = NULL;
  const struct vordec_decoder_desc desc = {.batch = result->batch};
  enum vordec_status status = make_layout(result->n, k_cut, &layout, error);
  if (!status) status = vordec_decoder_create(runtime, layout, &desc, &decoder, error);
  if (status) goto done;
  vordec_layout_get(layout, &shape);
  vordec_decoder_get(decoder, &result->info);
  snprintf(result->backend, sizeof result->backend, "%s", result->info.backend_used);
  snprintf(result->fft, sizeof result->fft, "%s", result->info.fft_used);
  z = make_states(result->n, k_cut, result->batch, &shape);
  if (!z) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the states");
    goto done;
  }
  const struct vordec_decode_io io = {.count = result->batch, .z = z};
  status = time_calls(decoder, &io, result, error);
  const double real = result->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  result->bytes_moved = (double)result->batch * (double)result->n * (double)result->n * (real + 1.0);
  const double floor_ms = result->info.device.type == VORDEC_DEVICE_HOST ? 1e3 * result->bytes_moved / fill_rate : NAN;
  result->fraction_of_floor = floor_ms / result->total.median;

done:
  free(z);
  vordec_decoder_destroy(decoder);
  vordec_layout_destroy(layout);
  return status;
}

/* ---- reporting ---- */

static void add_number(cJSON *item, const char *key, double value) {
  if (isfinite(value)) {
    cJSON_AddNumberToObject(item, key, value);
  } else {
    cJSON_AddNullToObject(item, key);
  }
}

static void add_result(cJSON *list, const struct result *result) {
  cJSON *item = cJSON_CreateObject(), *stages = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "backend", result->backend);
  cJSON_AddStringToObject(item, "device", result->info.device.name);
  cJSON_AddStringToObject(item, "decode_device", result->decode_device);
  cJSON_AddNumberToObject(item, "N", (double)result->n);
  cJSON_AddNumberToObject(item, "batch", (double)result->batch);
  cJSON_AddStringToObject(item, "fft", result->fft);
  cJSON_AddStringToObject(item, "precision", result->info.precision == VORDEC_FP64 ? "fp64" : "fp32");
  cJSON_AddNumberToObject(item, "runs", (double)result->runs);
  add_number(item, "median_ms", result->total.median);
  add_number(item, "min_ms", result->total.min);
  add_number(item, "max_ms", result->total.max);
  add_number(item, "device_median_ms", result->device_median);
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    char key[32];
    snprintf(key, sizeof key, "%s_ms", vordec_stage_name((enum vordec_stage)i));
    add_number(stages, key, result->stage_median[i]);
  }
  cJSON_AddItemToObject(item, "stage_median_ms", stages);
  add_number(item, "bytes_moved", result->bytes_moved);
  add_number(item, "fraction_of_floor", result->fraction_of_floor);
  cJSON_AddItemToArray(list, item);
}

static void print_result(const struct result *result) {
  printf("%-8s %-8s %6zu %6zu  %10.4f  %10.4f  %10.4f  ", result->backend, result->fft, result->n, result->batch,
         result->total.median, result->total.min, result->total.max);
  printf("%9.4f %9.4f %9.4f  ", result->stage_median[VORDEC_STAGE_SCATTER_LOWK],
         result->stage_median[VORDEC_STAGE_IFFT_LP], result->stage_median[VORDEC_STAGE_MASK]);
  if (isfinite(result->fraction_of_floor)) {
    printf("%6.1f %%\n", 100.0 * result->fraction_of_floor);
  } else {
    printf("%8s\n", "-");
  }
  fflush(stdout);
}

static enum vordec_status write_json(struct outfile *file, const cJSON *list, struct vordec_error *error) {
  char *text = cJSON_Print(list);
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, 0, "out of memory");
  fprintf(outfile_stream(file), "%s\n", text);
  cJSON_free(text);
  return outfile_commit(file, error);
}

struct cases {
  size_t sizes[LIST_MAX], size_count, batches[LIST_MAX], batch_count, k_cut;
};

static enum vordec_status read_cases(const struct invocation *invocation, struct cases *cases,
                                     struct vordec_error *error) {
  const char *sizes = invocation->values[OPTION_SIZES], *batches = invocation->values[OPTION_BATCH];
  const char *k_cut = invocation->values[OPTION_K_CUT];
  enum vordec_status status = command_numbers("sizes", sizes ? sizes : "128,256,512,1024", 4, VORDEC_MAX_N,
                                              cases->sizes, LIST_MAX, &cases->size_count, error);
  if (!status) {
    status = command_numbers("batch", batches ? batches : "1", 1, 1u << 20, cases->batches, LIST_MAX,
                             &cases->batch_count, error);
  }
  if (!status) status = command_number("k-cut", k_cut ? k_cut : "8", 0, VORDEC_MAX_N, &cases->k_cut, error);
  const char *backend = invocation->values[OPTION_BACKEND], *fft = invocation->values[OPTION_FFT];
  if (!status && backend) {
    status = vordec_config_set(invocation->config, "decode", "backend", backend, VORDEC_FROM_COMMAND_LINE, "--backend",
                               error);
  }
  if (!status && fft) {
    status = vordec_config_set(invocation->config, "decode", "fft", fft, VORDEC_FROM_COMMAND_LINE, "--fft", error);
  }
  return status;
}

/* The built-in width suits no grid that is smaller than it: the widest odd one that fits is taken instead. */
static enum vordec_status fit_width(const struct invocation *invocation, const struct cases *cases,
                                    struct vordec_error *error) {
  const size_t width = (size_t)strtoul(vordec_config_get(invocation->config, "mask", "smooth_width"), NULL, 10);
  size_t smallest = VORDEC_MAX_N;
  for (size_t i = 0; i < cases->size_count; i++) smallest = cases->sizes[i] < smallest ? cases->sizes[i] : smallest;
  if (width <= smallest) return VORDEC_OK;
  char text[24];
  snprintf(text, sizeof text, "%zu", smallest % 2 ? smallest : smallest - 1);
  fprintf(stderr, "vordec: bench: N = %zu is narrower than the default width %zu; all cases use %s\n", smallest, width,
          text);
  return vordec_config_set(invocation->config, "mask", "smooth_width", text, VORDEC_FROM_DEFAULT, "bench", error);
}

static enum vordec_status bench_all(struct vordec_runtime *runtime, const struct cases *cases, cJSON *list,
                                    struct vordec_error *error) {
  const double fill_rate = host_fill_rate();
  fprintf(stderr,
          "one thread fills memory at %.1f GB/s; the floor is the time to write omega_lp and mask at that rate\n",
          fill_rate * 1e-9);
  printf("%-8s %-8s %6s %6s  %10s  %10s  %10s  %9s %9s %9s  %8s\n", "backend", "fft", "N", "batch", "median ms",
         "min ms", "max ms", "scatter", "ifft", "mask", "of floor");
  for (size_t i = 0; i < cases->size_count; i++) {
    for (size_t j = 0; j < cases->batch_count; j++) {
      struct result result = {.n = cases->sizes[i], .batch = cases->batches[j]};
      const enum vordec_status status = bench_case(runtime, cases->k_cut, fill_rate, &result, error);
      if (status) return status;
      print_result(&result);
      add_result(list, &result);
    }
  }
  return VORDEC_OK;
}

static int run(struct invocation *invocation) {
  struct cases cases = {0};
  struct vordec_error error = {0};
  struct vordec_runtime *runtime = NULL;
  struct outfile *json = NULL;
  const char *path = invocation->values[OPTION_JSON];
  cJSON *list = cJSON_CreateArray();
  enum vordec_status status = command_refuse_metrics(invocation, "bench", &error);
  if (!status) status = read_cases(invocation, &cases, &error);
  if (!status) status = fit_width(invocation, &cases, &error);
  if (!status && path) status = outfile_create(path, &json, &error);
  if (!status) status = vordec_runtime_create(invocation->config, command_log, invocation, &runtime, &error);
  if (!status) status = bench_all(runtime, &cases, list, &error);
  if (!status && json) status = write_json(json, list, &error);
  outfile_destroy(json);
  cJSON_Delete(list);
  vordec_runtime_destroy(runtime);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "time decodes of stages 1 to 3",
    .synopsis = "[--backend NAME] [--sizes LIST] [--batch LIST] [--fft NAME] [--json FILE]",
    .details = "Times whole decode calls (scatter_lowk, ifft_lp, mask; omega_lp and mask stay\n"
               "where the backend keeps them) on a smooth random state, after a warm-up, and\n"
               "prints medians in milliseconds. At least 30 calls a case. Times depend on the\n"
               "machine: compare figures of one run only.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .takes_config = true,
    .run = run,
};
