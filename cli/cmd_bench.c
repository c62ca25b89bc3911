/* vordec bench: how long decodes of stages 1 to 3 take, and how far that is from the memory floor. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/bench/bench_jobs.h"
#include "cli/bench/bench_report.h"
#include "command.h"
#include "io/outfile.h"
#include "options/arguments.h"

struct bench_request {
  const char *backends, *ffts; /* comma-separated; NULL: the configuration's */
  const char *sizes, *batches, *cases;
  bool sizes_given, batches_given;
  size_t k_cut;
  bool readback, stream, startup, once;
  const char *json, *png;
};

static const struct option_spec options[] = {
    {"backend", "LIST",
     "backends to time, comma-separated. Default: that of the configuration; if it is auto, all that are usable",
     TO_WORD(struct bench_request, backends)},
    {"sizes", "LIST", "grid sides N, comma-separated", .initial = "128,256,512,1024",
     TO_WORD(struct bench_request, sizes), GIVEN(struct bench_request, sizes_given)},
    {"batch", "LIST", "states per call, comma-separated", .initial = "1", TO_WORD(struct bench_request, batches),
     GIVEN(struct bench_request, batches_given)},
    {"cases", "LIST",
     "exactly these batches and sizes, as 1024x128,1x4096 (1024 states of N = 128, one of 4096), instead of every size "
     "with every batch",
     TO_WORD(struct bench_request, cases)},
    {"fft", "LIST", "transforms, comma-separated, or all that a backend offers. Default: that of the configuration",
     TO_WORD(struct bench_request, ffts)},
    {"k-cut", "K", "low modes are those with |k| <= K", .initial = "8",
     TO_COUNT(struct bench_request, k_cut, 0, VORDEC_MAX_N)},
    {"width", "W", SETS("mask", "smooth_width")},
    {"rounds", "R", SETS("mask", "majority_iters")},
    {"readback", NULL, "copy omega_lp and mask to the caller's memory in every call",
     TO_FLAG(struct bench_request, readback)},
    {"stream", NULL,
     "read back into memory that the device writes itself, and keep as many calls under way as the backend can: times "
     "are from the end of one to the end of the next. Implies --readback",
     TO_FLAG(struct bench_request, stream)},
    {"startup", NULL,
     "also time how a decoder comes up: in a child process with an empty kernel cache (cold) and in a second one that "
     "finds it filled (warm)",
     TO_FLAG(struct bench_request, startup)},
    {"once", NULL,
     "make one decoder for the first case, decode once, print the times as a JSON object, and nothing else: what the "
     "children of --startup do",
     TO_FLAG(struct bench_request, once)},
    {"json", "FILE", "write the results as a JSON array (docs/bench.schema.json)",
     TO_OUTPUT(struct bench_request, json)},
    {"png", "FILE", "draw time against cells, with the floor", TO_OUTPUT(struct bench_request, png)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

#define LIST_MAX 32
#define BATCH_MAX ((size_t)1 << 20)

struct job {
  const struct invocation *invocation;
  const struct bench_request *asked;
  struct bench_case cases[LIST_MAX * LIST_MAX];
  size_t case_count;
  struct bench_pairs pairs;
  struct bench_results results;
  struct outfile *json;
};

/* ---- what is asked for ---- */

static void add_case(struct job *job, size_t batch, size_t n) {
  job->cases[job->case_count++] = (struct bench_case){.n = n, .batch = batch};
}

/* One "BATCHxN" up to the comma; moves *at past it. */
static enum vordec_status read_case(struct job *job, const char **at, struct vordec_error *error) {
  const size_t length = strcspn(*at, ",");
  char text[64];
  size_t batch = 0, n = 0;
  snprintf(text, sizeof text, "%.*s", length < sizeof text ? (int)length : (int)sizeof text - 1, *at);
  char *cross = strchr(text, 'x');
  if (!cross || length >= sizeof text) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "--cases '%.100s': expected BATCHxN, as 8x4096", text);
  }
  *cross = '\0';
  enum vordec_status status = argument_count("cases", text, 1, BATCH_MAX, &batch, error);
  if (!status) status = argument_count("cases", cross + 1, 4, VORDEC_MAX_N, &n, error);
  if (!status) add_case(job, batch, n);
  *at += length;
  return status;
}

static enum vordec_status read_listed_cases(struct job *job, struct vordec_error *error) {
  const char *at = job->asked->cases;
  if (job->asked->sizes_given || job->asked->batches_given) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "bench: --cases says all that --sizes and --batch would");
  }
  for (;; at++) {
    if (job->case_count == LIST_MAX) {
      return vordec_fail(error, VORDEC_E_USAGE, 0, "--cases: expected at most %d cases", LIST_MAX);
    }
    const enum vordec_status status = read_case(job, &at, error);
    if (status || !*at) return status;
  }
}

static enum vordec_status read_cases(struct job *job, struct vordec_error *error) {
  size_t size[LIST_MAX], batch[LIST_MAX];
  struct count_list sizes = {size, LIST_MAX, 0}, batches = {batch, LIST_MAX, 0};
  if (job->asked->cases) return read_listed_cases(job, error);
  enum vordec_status status = argument_counts("sizes", job->asked->sizes, 4, VORDEC_MAX_N, &sizes, error);
  if (!status) status = argument_counts("batch", job->asked->batches, 1, BATCH_MAX, &batches, error);
  for (size_t i = 0; i < sizes.count && !status; i++) {
    for (size_t j = 0; j < batches.count; j++) add_case(job, batch[j], size[i]);
  }
  return status;
}

/* The built-in width suits no grid that is smaller than it: the widest odd one that fits is taken instead. */
static enum vordec_status fit_width(const struct job *job, struct vordec_error *error) {
  struct vordec_config *config = job->invocation->config;
  const size_t width = (size_t)vordec_config_get_integer(config, "mask", "smooth_width");
  size_t smallest = VORDEC_MAX_N;
  for (size_t i = 0; i < job->case_count; i++) smallest = job->cases[i].n < smallest ? job->cases[i].n : smallest;
  if (width <= smallest) return VORDEC_OK;
  char text[24];
  snprintf(text, sizeof text, "%zu", smallest % 2 ? smallest : smallest - 1);
  const enum vordec_status status =
      vordec_config_set(config, "mask", "smooth_width", text, VORDEC_FROM_DEFAULT, "bench", error);
  if (!status && strcmp(vordec_config_get(config, "mask", "smooth_width"), text) == 0) {
    fprintf(stderr, "vordec: bench: N = %zu is narrower than the default width %zu; all cases use %s\n", smallest,
            width, text);
  }
  return status;
}

static enum vordec_status read_usage(struct job *job, struct vordec_error *error) {
  const struct bench_request *asked = job->asked;
  const enum vordec_status status = read_cases(job, error);
  for (size_t i = 0; i < job->case_count; i++) {
    job->cases[i].k_cut = asked->k_cut;
    job->cases[i].stream = asked->stream;
    job->cases[i].readback = asked->readback || asked->stream;
  }
  return status ? status : fit_width(job, error);
}

/* Unwritable destinations are found before anything is timed. */
static enum vordec_status open_files(struct job *job, struct vordec_error *error) {
  const char *json = job->asked->json, *png = job->asked->png;
  struct outfile *trial = NULL;
  enum vordec_status status = json ? outfile_create(json, &job->json, error) : VORDEC_OK;
  if (!status && png) status = outfile_create(png, &trial, error);
  outfile_destroy(trial);
  return status;
}

/* ---- the run ---- */

static enum vordec_status make_runtime(const struct job *job, const char *backend, const char *fft,
                                       struct vordec_runtime **runtime, struct vordec_error *error) {
  struct vordec_config *config = job->invocation->config;
  enum vordec_status status =
      vordec_config_set(config, "decode", "backend", backend, VORDEC_FROM_COMMAND_LINE, "--backend", error);
  if (!status) status = vordec_config_set(config, "decode", "fft", fft, VORDEC_FROM_COMMAND_LINE, "--fft", error);
  if (status) return status;
  return vordec_runtime_create(config, command_log, (void *)&job->invocation->verbose, runtime, error);
}

static void say_fill(const struct bench_result *result) {
  if (!(result->fill.bytes_per_s > 0.0)) return;
  fprintf(
      stderr,
      "%s on %s fills memory at %.1f GB/s (%.0f MiB, %s clock); the floor is the time to write omega_lp and mask so\n",
      result->backend, result->info.device.name, 1e-9 * result->fill.bytes_per_s, result->fill.bytes / 1048576.0,
      result->fill.device_timestamps ? "device" : "host");
}

static void say_link(const struct bench_result *result) {
  if (!(result->link.bytes_per_s > 0.0)) return;
  fprintf(stderr, "%s on %s copies to the host at %.1f GB/s (%.0f MiB); the fields came at %.1f GB/s%s\n",
          result->backend, result->info.device.name, 1e-9 * result->link.bytes_per_s, result->link.bytes / 1048576.0,
          1e-6 * result->bytes_read_back / result->total.median,
          result->what.stream && result->info.depth < 2 ? ", without overlap" : "");
}

static enum vordec_status run_case(struct job *job, struct vordec_runtime *runtime, const struct bench_case *what,
                                   struct bench_fill *fill, struct vordec_error *error) {
  struct bench_result result;
  const bool first = fill->bytes_per_s == 0.0;
  enum vordec_status status = bench_case_run(runtime, what, fill, &result, error);
  if (status) return status;
  if (first) say_fill(&result);
  say_link(&result);
  if (job->results.count == 0) bench_print_head();
  if (job->asked->startup) {
    status =
        startup_measure(job->invocation->config, vordec_runtime_plugin_folder(runtime), what, result.startup, error);
    result.started = status == VORDEC_OK;
  }
  if (status) return status;
  bench_print_row(&result);
  return bench_results_add(&job->results, &result, error);
}

static enum vordec_status run_pair(struct job *job, const struct bench_pair *pair, struct bench_fill *fill,
                                   struct vordec_error *error) {
  struct vordec_runtime *runtime = NULL;
  enum vordec_status status = make_runtime(job, pair->backend, pair->fft, &runtime, error);
  for (size_t i = 0; i < job->case_count && !status; i++) {
    status = run_case(job, runtime, &job->cases[i], fill, error);
    if (status && pair->optional && error->reason == VORDEC_REASON_FFT_SIZE) {
      fprintf(stderr, "vordec: bench: N = %zu left out: %s\n", job->cases[i].n, error->message);
      status = VORDEC_OK;
    }
  }
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status run_all(struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  struct bench_fill fill = {0};
  for (size_t i = 0; i < job->pairs.count && !status; i++) {
    const bool other = i > 0 && strcmp(job->pairs.list[i].backend, job->pairs.list[i - 1].backend) != 0;
    if (other) fill = (struct bench_fill){0};
    status = run_pair(job, &job->pairs.list[i], &fill, error);
  }
  if (status || job->results.count > 0) return status;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "bench: no case could be timed");
}

static enum vordec_status write_json(struct job *job, struct vordec_error *error) {
  char *text = bench_json(&job->results, job->invocation->config);
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  fprintf(outfile_stream(job->json), "%s\n", text);
  cJSON_free(text);
  return outfile_commit(job->json, error);
}

static enum vordec_status run_once(struct job *job, struct vordec_error *error) {
  const struct bench_pair *pair = &job->pairs.list[0];
  struct vordec_runtime *runtime = NULL;
  struct startup startup;
  enum vordec_status status = make_runtime(job, pair->backend, pair->fft, &runtime, error);
  if (!status) status = bench_case_once(runtime, &job->cases[0], &startup, error);
  if (!status) status = startup_print(&startup, error);
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status run_job(struct job *job, struct vordec_error *error) {
  const struct bench_request *asked = job->asked;
  enum vordec_status status = read_usage(job, error);
  if (!status) status = open_files(job, error);
  if (!status) {
    status = bench_pairs_find(job->invocation, asked->backends, asked->ffts, &job->pairs, error);
  }
  if (!status && asked->once) return run_once(job, error);
  if (!status) status = run_all(job, error);
  if (status) return status;
  bench_print_startup(&job->results);
  if (job->json) status = write_json(job, error);
  if (!status && asked->png) status = bench_plot(asked->png, &job->results, error);
  return status;
}

static int run(struct invocation *invocation, void *request) {
  struct vordec_error error = {0};
  struct job *job = calloc(1, sizeof *job);
  if (!job) {
    vordec_fail(&error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
    return command_fail(&error);
  }
  job->invocation = invocation;
  job->asked = request;
  const enum vordec_status status = run_job(job, &error);
  outfile_destroy(job->json);
  bench_results_release(&job->results);
  bench_pairs_release(&job->pairs);
  free(job);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "time decodes of stages 1 to 3",
    .synopsis = "[--backend LIST] [--sizes LIST] [--batch LIST] [--fft LIST] [--json FILE]\n"
                "                    [--png FILE] [--readback] [--stream] [--startup] [OPTION]..",
    .details = "Times whole decode calls (scatter_lowk, ifft_lp, mask; omega_lp and mask stay\n"
               "where the backend keeps them unless --readback fetches them) on smooth random\n"
               "states, after a warm-up, and prints medians in milliseconds: of the call by the\n"
               "host's clock, of stages 1 to 3 by the device's, of each stage. At least 30 calls\n"
               "a case.\n\n"
               "The floor is the time to write omega_lp and mask at the rate at which the device\n"
               "was measured to fill its memory. 'of floor' sets it against the whole call, 'of\n"
               "fill' against the stages alone. 'of link' sets the time to read the fields back\n"
               "at the rate that plain copies to the host reached in the same run against the\n"
               "whole call. Times depend on the machine: compare figures of one run only.",
    COMMAND_OPTIONS(groups, struct bench_request),
    .takes_config = true,
    .run = run,
};
