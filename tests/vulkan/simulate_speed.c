/* SPDX-License-Identifier: MIT */
/*
 * simulate_speed [N[,N..] [MEMBERS[,..] [STEPS [PRECISIONS [VARIANT [FFT]]]]]] - device time of a simulation's step; by
 * default N = 128 .. 4096, 1 and 64 members, fp32 and fp64, as far as memory goes. VARIANT: plain, filter, dealias or
 * both; FFT: auto or a name that the plugin knows. No test: a program for people and for machines with a GPU.
 *
 * VORDEC_TEST_PLUGIN is the path of decode_vulkan.so, VORDEC_TEST_DEVICE a device as the tests' (a software device is
 * the default). Prints lines of JSON: the device and the rate at which it fills memory, then one for each case, with
 * the share of that rate which a step comes to if it moves `passes` real fields.
 */
#include "flow_sums.h"
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILL_BYTES (4ull << 30)
#define RUNS 5
#define RUN_MS 40.0   /* that a run is to take at least */
#define WARM_MS 500.0 /* of work before anything is timed: a GPU's clock rises only under load */

struct request {
  uint32_t n, members, steps;
  enum vordec_precision precision;
  bool filter, dealias;
  const char *fft;
};

static struct harness harness;
static double fill_rate; /* bytes a second */

static double now_ms(void) {
  return 1e-6 * (double)harness.host.table.clock_ns(harness.host.table.ctx);
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double passes_of(const struct request *request) {
  const double single = request->precision == VORDEC_FP32 ? 2 : 0; /* remainders */
  return 29 + single + (request->dealias ? 4 : 0) + (request->dealias || request->filter ? 4 : 0) +
         (request->filter ? 1 : 0);
}

static void print_case(const struct request *request, const struct vordec_plan_info *info, double step_ms,
                       double fastest_ms, uint32_t steps) {
  const double real = request->precision == VORDEC_FP64 ? 8 : 4;
  const double bytes = passes_of(request) * real * request->n * request->n * request->members;
  printf("{\"n\": %u, \"members\": %u, \"precision\": \"%s\", \"filter\": %s, \"dealias\": %s, \"fft\": \"%s\", "
         "\"why\": \"%s\", \"steps\": %u, \"step_us\": %.2f, \"fastest_us\": %.2f, \"member_step_us\": %.3f, "
         "\"passes\": %.0f, "
         "\"share_of_fill\": %.3f, \"device_mb\": %.1f, \"warmup_ms\": %.0f}\n",
         request->n, request->members, request->precision == VORDEC_FP64 ? "fp64" : "fp32",
         request->filter ? "true" : "false", request->dealias ? "true" : "false", info->fft, info->fft_reason, steps,
         1e3 * step_ms, 1e3 * fastest_ms, 1e3 * step_ms / request->members, passes_of(request),
         fill_rate > 0 ? bytes / (step_ms * 1e-3) / fill_rate : 0, (double)info->device_bytes * 1e-6, info->warmup_ms);
  fflush(stdout);
}

static enum vordec_status take(const struct vordec_simulation_interface *interface,
                               struct vordec_backend_simulation *simulation, uint32_t steps, double *step_ms,
                               struct vordec_error *error) {
  struct vordec_simulation_result result = {.struct_size = sizeof result};
  const enum vordec_status status = interface->advance(simulation, steps, &result, error);
  *step_ms = result.device_ms / steps;
  if (!status && !result.finite) fprintf(stderr, "not finite at step %u\n", (unsigned)result.bad_step);
  return status;
}

/* How many steps make a run, by what one of them took. */
static uint32_t steps_for(double step_ms) {
  if (!(step_ms > 0)) return 8;
  return (uint32_t)fmin(fmax(RUN_MS / step_ms, 8), 1000);
}

static enum vordec_status time_case(struct vordec_session *session, const struct request *request,
                                    struct vordec_error *error) {
  const struct vordec_simulation_interface *interface = harness.backend->get_interface(VORDEC_SIMULATE_INTERFACE);
  const struct vordec_simulation_setup setup = {.struct_size = sizeof setup,
                                                .n = request->n,
                                                .members = request->members,
                                                .precision = request->precision,
                                                .fft = request->fft,
                                                .dt = 0.1 / request->n,
                                                .nu0 = 1e-4,
                                                .cs = 0.17,
                                                .filter = request->filter,
                                                .dealias = request->dealias};
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  enum vordec_status status = interface->create(session, &setup, &simulation, &info, error);
  if (status) return status;
  double *omega = calloc((size_t)request->n * request->n, sizeof *omega), step_ms = 0, times[RUNS];
  if (!omega) abort();
  flow_sums_start(request->n, 2, 0, 1, omega);
  for (uint32_t member = 0; member < request->members && !status; member++) {
    status = interface->set(simulation, member, omega, error);
  }
  uint32_t steps = request->steps ? request->steps : 8;
  const double until = now_ms() + WARM_MS;
  do {
    if (!status) status = take(interface, simulation, steps, &step_ms, error);
    if (!request->steps && !status) steps = steps_for(step_ms);
  } while (!status && now_ms() < until);
  for (int run = 0; run < RUNS && !status; run++) status = take(interface, simulation, steps, &times[run], error);
  if (!status) {
    qsort(times, RUNS, sizeof *times, ascending);
    print_case(request, &info, times[RUNS / 2], times[0], steps);
  }
  free(omega);
  interface->destroy(simulation);
  return status;
}

static void measure_fill(struct vordec_session *session) {
  const struct vordec_bandwidth_interface *interface = harness.backend->get_interface(VORDEC_BANDWIDTH_INTERFACE);
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  const bool gpu = harness.device.type != VORDEC_DEVICE_SOFTWARE;
  const double until = now_ms() + WARM_MS;
  do {
    if (interface->fill(session, gpu ? FILL_BYTES : FILL_BYTES / 64, &result, &error)) {
      fprintf(stderr, "%s\n", error.message);
      return;
    }
  } while (now_ms() < until);
  fill_rate = (double)result.bytes / result.seconds;
}

/* "64,128": calls visit for each number. */
static size_t numbers(const char *list, uint32_t *values, size_t most) {
  size_t count = 0;
  while (*list && count < most) {
    char *end = NULL;
    values[count++] = (uint32_t)strtoul(list, &end, 10);
    list = *end == ',' ? end + 1 : "";
  }
  return count;
}

int main(int argc, char **argv) {
  uint32_t sizes[16], members[16];
  const size_t size_count = numbers(argc > 1 ? argv[1] : "128,256,512,1024,2048,4096", sizes, 16);
  const size_t member_count = numbers(argc > 2 ? argv[2] : "1,64", members, 16);
  const char *precisions = argc > 4 ? argv[4] : "fp32,fp64", *variant = argc > 5 ? argv[5] : "plain";
  if (!harness_open(&harness)) return 1;
  struct vordec_session *session = harness_session(&harness);
  struct vordec_error error = {0};
  measure_fill(session);
  printf("{\"device\": \"%s\", \"driver\": \"%s\", \"fill_gb_s\": %.1f}\n", harness.device.name, harness.device.driver,
         fill_rate * 1e-9);
  for (size_t i = 0; i < size_count * member_count * 2; i++) {
    const enum vordec_precision precision = i % 2 ? VORDEC_FP64 : VORDEC_FP32;
    const struct request request = {.n = sizes[i / 2 / member_count],
                                    .members = members[i / 2 % member_count],
                                    .fft = argc > 6 ? argv[6] : "auto",
                                    .steps = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0,
                                    .precision = precision,
                                    .filter = strcmp(variant, "filter") == 0 || strcmp(variant, "both") == 0,
                                    .dealias = strcmp(variant, "dealias") == 0 || strcmp(variant, "both") == 0};
    if (!strstr(precisions, precision == VORDEC_FP64 ? "fp64" : "fp32")) continue;
    if (time_case(session, &request, &error)) {
      fprintf(stderr, "N = %u, %u members: %s\n", (unsigned)request.n, (unsigned)request.members, error.message);
    }
  }
  harness.backend->close(session);
  return 0;
}
