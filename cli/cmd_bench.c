/* SPDX-License-Identifier: MIT */
/* vordec bench: how long decodes of stages 1 to 3 take, and how far that is from the memory floor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "bench/bench_run.h"
#include "bench/step_run.h"
#include "command.h"
#include "core/base/window.h"
#include "json_output.h"

static const struct option_spec options[] = {
    {"backend", "LIST",
     "the backends to time, separated by commas. Default: that of the configuration, or every usable one if that is "
     "auto",
     TO_WORD(struct bench_request, backends)},
    {"sizes", "LIST", "grid sides N, separated by commas", .initial = "128,256,512,1024",
     TO_WORD(struct bench_request, sizes), GIVEN(struct bench_request, sizes_given)},
    {"batch", "LIST", "states per call, separated by commas", .initial = "1", TO_WORD(struct bench_request, batches),
     GIVEN(struct bench_request, batches_given)},
    {"cases", "LIST",
     "exactly these batches and sizes instead of every size with every batch, such as 1024x128,1x4096 (1024 states of "
     "N = 128, and one of 4096)",
     TO_WORD(struct bench_request, listed)},
    {"fft", "LIST", "transforms, separated by commas, or all that a backend offers. Default: that of the configuration",
     TO_WORD(struct bench_request, ffts), .rare = true},
    {"k-cut", "K", "the low modes are those with |k| <= K", .initial = "8",
     TO_COUNT(struct bench_request, k_cut, 0, VORDEC_MAX_N), GIVEN(struct bench_request, k_cut_given)},
    {"simulate", NULL,
     "time steps of simulations instead, with [simulate] precision and fft; --batch and --cases say how many members "
     "advance together",
     TO_FLAG(struct bench_request, simulate)},
    {"readback", NULL, "copy omega_lp and mask to the caller's memory in every call",
     TO_FLAG(struct bench_request, readback)},
    {"stream", NULL,
     "read back into memory that the device writes itself, and keep as many calls under way as the backend can; times "
     "then run from the end of one call to the end of the next. Implies --readback",
     TO_FLAG(struct bench_request, stream), .rare = true},
    {"startup", NULL,
     "also time how long a decoder takes to come up: in a child process with an empty kernel cache (cold), and in a "
     "second one that finds it filled (warm)",
     TO_FLAG(struct bench_request, startup)},
    {"once", NULL,
     "make one decoder for the first case, decode once, and print only the times, as a JSON object; this is what the "
     "children of --startup do",
     TO_FLAG(struct bench_request, once), .rare = true},
    {"fill-mib", "MIB",
     "how much memory is filled to measure the rate of fills: more than the caches hold. Default: 256, and on a GPU "
     "1024",
     TO_COUNT(struct bench_request, fill_mib, 1, 1 << 20), .rare = true},
    {"json", "FILE", JSON_HELP "an array (docs/bench.schema.json; with --simulate docs/bench_steps.schema.json)",
     .bare = JSON_STDOUT, .ending = "json", TO_OUTPUT(struct bench_request, json)},
    {"png", "FILE", "where a picture of time against cells, with the floor, goes", .ending = "png",
     TO_OUTPUT(struct bench_request, png)},
};
static const struct option_group groups[] = {OPTION_GROUP(options, 0)};

static enum vordec_status read_cases(struct bench_request *request, struct vordec_error *error) {
  if (!request->listed) return bench_cases_cross(&request->cases, request->sizes, request->batches, error);
  if (!request->sizes_given && !request->batches_given) {
    return bench_cases_list(&request->cases, request->listed, error);
  }
  return vordec_fail(error, VORDEC_E_USAGE, 0, "bench: --cases replaces --sizes and --batch: leave those two out");
}

/* The built-in width suits no grid that is smaller than it: the widest odd one that fits is taken instead. */
static enum vordec_status fit_width(const struct bench_request *request, struct vordec_error *error) {
  struct vordec_config *config = request->config;
  const size_t width = (size_t)vordec_config_get_integer(config, "mask", "smooth_width");
  const size_t smallest = bench_cases_smallest(&request->cases);
  if (width <= smallest) return VORDEC_OK;
  if (strcmp(vordec_config_get(config, "mask", "smooth_width"), "auto") != 0) return VORDEC_OK;
  char text[24];
  snprintf(text, sizeof text, "%zu", smallest % 2 ? smallest : smallest - 1);
  fprintf(stderr, "vordec: bench: N = %zu is narrower than the default width %zu; all cases use %s\n", smallest, width,
          text);
  return vordec_config_set(config, "mask", "smooth_width", text, VORDEC_FROM_COMMAND_LINE, "bench", error);
}

static struct bench_mask configured_mask(const struct vordec_config *config) {
  const int kernel = vordec_config_get_choice(config, "mask", "smooth_kernel");
  return (struct bench_mask){
      .smooth_width = (size_t)vordec_config_get_integer(config, "mask", "smooth_width"),
      .majority_iters = (size_t)vordec_config_get_integer(config, "mask", "majority_iters"),
      .smooth_kernel = window_at((enum vordec_smooth_kernel)kernel)->name,
      .boundary = vordec_config_has(config, "mask", "boundary", "zero") ? "zero" : "periodic",
      .tau = vordec_config_get_real(config, "mask", "tau"),
  };
}

/* What times decodes alone. */
static enum vordec_status check_simulate(const struct bench_request *request, struct vordec_error *error) {
  const char *const width = vordec_config_where(request->config, "mask", "smooth_width");
  const char *const rounds = vordec_config_where(request->config, "mask", "majority_iters");
  const struct {
    bool given;
    const char *name, *instead;
  } others[] = {
      {request->ffts != NULL, "fft", "; use --simulate-fft"},
      {request->readback, "readback", ""},
      {request->stream, "stream", ""},
      {request->startup, "startup", ""},
      {request->once, "once", ""},
      {request->png != NULL, "png", ""},
      {request->k_cut_given, "k-cut", ""},
      {strncmp(width, "--", 2) == 0, "mask-smooth-width", ""},
      {strncmp(rounds, "--", 2) == 0, "mask-majority-iters", ""},
  };
  for (size_t i = 0; request->simulate && i < sizeof others / sizeof *others; i++) {
    if (!others[i].given) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "bench: --%s is for decodes and cannot be combined with --simulate%s",
                       others[i].name, others[i].instead);
  }
  return VORDEC_OK;
}

/* Each backend is timed once, with the FFT of [simulate]; and on the backend of [simulate], where no option names any.
 */
static void take_simulation(struct bench_request *request) {
  if (!request->simulate) return;
  request->ffts = "auto";
  if (request->backends) return;
  const char *backend = vordec_config_get(request->config, "simulate", "backend");
  if (strcmp(backend, "auto") == 0) return;
  snprintf(request->simulator, sizeof request->simulator, "%s", backend);
  request->backends = request->simulator;
}

/* The configuration's own backend and FFT, where no option names others: copies, since both change on the way. */
static enum vordec_status take_configured(struct bench_request *request, struct vordec_error *error) {
  static const char *const keys[2] = {"backend", "fft"};
  for (int i = 0; i < 2; i++) {
    request->configured[i] = strdup(vordec_config_get(request->config, "decode", keys[i]));
    if (!request->configured[i]) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
    }
  }
  if (!request->backends && strcmp(request->configured[0], "auto") != 0) request->backends = request->configured[0];
  if (!request->ffts) request->ffts = request->configured[1];
  return VORDEC_OK;
}

static enum vordec_status complete(const struct invocation *invocation, struct bench_request *request,
                                   struct vordec_error *error) {
  struct vordec_config *config = invocation->config;
  request->config = config;
  request->verbose = invocation->verbose;
  enum vordec_status status = check_simulate(request, error);
  take_simulation(request);
  if (!status) status = take_configured(request, error);
  if (!status) status = read_cases(request, error);
  if (!status && !request->simulate) status = fit_width(request, error);
  request->mask = configured_mask(config);
  for (size_t i = 0; i < request->cases.count; i++) {
    request->cases.list[i].k_cut = request->k_cut;
    request->cases.list[i].stream = request->stream;
    request->cases.list[i].readback = request->readback || request->stream;
  }
  return status;
}

static int run(struct invocation *invocation, void *asked) {
  struct bench_request *request = asked;
  struct vordec_error error = {0};
  enum vordec_status status = complete(invocation, request, &error);
  if (!status) status = request->simulate ? step_run(request, &error) : bench_run(request, &error);
  for (int i = 0; i < 2; i++) free(request->configured[i]);
  return status ? command_fail(&error) : EXIT_DONE;
}

const struct command command_bench = {
    .name = "bench",
    .summary = "time decodes of stages 1 to 3, or steps of simulations",
    .synopsis = "[--simulate] [--backend LIST] [--sizes LIST] [--batch LIST] [--fft LIST] [--json FILE] [--png FILE] "
                "[--readback] [--stream] [--startup] [OPTION]..",
    .details = "Times whole decode calls on smooth random states, after a warm-up, and prints\n"
               "medians over at least 30 calls in milliseconds: of the call by the host's clock, of\n"
               "stages 1 to 3 (scatter_lowk, ifft_lp, mask) by the device's clock, and of each\n"
               "stage. Stages may share a kernel, whose time counts for one of them: where a GPU\n"
               "makes the mask in one pass, about 80 % of omega_lp is written in the time of the\n"
               "mask. omega_lp and mask stay where the backend keeps them unless --readback fetches\n"
               "them.\n"
               "\n"
               "The floor is the time it would take to write omega_lp and mask at the measured rate\n"
               "at which the device fills its memory. The column 'floor' compares it with the whole\n"
               "call, 'fill' with the stages alone. 'link' compares the time it would take to read\n"
               "the fields back at the rate of plain copies, measured in the same run, with the\n"
               "whole call. Times depend on the machine: compare figures of one run only.\n"
               "\n"
               "With --simulate it times steps of 'vordec simulate', in calls of many steps: a step\n"
               "of all members together, by the host's clock and by the device's, and the share of\n"
               "each member. 'passes' says how often the device could have filled the members'\n"
               "fields in the time of a step.",
    .examples = "vordec bench --backend cpu --sizes 128,256 --png bench.png\n"
                "vordec bench --backend cpu --cases 64x64,1x256 --json bench.json",
    COMMAND_OPTIONS(groups, struct bench_request),
    .takes_config = true,
    .keys = "decode simulate mask plugins cpu",
    .run = run,
};
