#include "summary.h"

#include "ran_on.h"

#include <math.h>
#include <stdio.h>

#define STATES_SHOWN 8

void summary_title(const struct vordec_decoder_info *info, const struct vordec_decode_report *report,
                   const struct state_file *state, size_t i, char title[SUMMARY_TITLE_MAX]) {
  char which[48] = "", ran_on[RAN_ON_MAX];
  ran_on_title(info, report->decode_device, ran_on);
  if (state->batched) snprintf(which, sizeof which, ", state %zu of %zu", i, state->count);
  snprintf(title, SUMMARY_TITLE_MAX, "%s (%s); N = %zu%s, %s (vordec %s)", ran_on, report->decode_device, state->info.n,
           which, info->precision == VORDEC_FP64 ? "fp64" : "fp32", vordec_version());
}

static void print_hash(const char *what, const void *data, size_t size) {
  char digest[33];
  if (!data) return;
  vordec_hash(data, size, digest);
  fprintf(stderr, "  hash %-9s %s\n", what, digest);
}

static void print_scalar(const char *name, double lp, double hat) {
  fprintf(stderr, "  %-14s omega_lp %.9g", name, lp);
  if (!isnan(hat)) fprintf(stderr, ", omega_hat %.9g", hat);
  fprintf(stderr, "\n");
}

static void print_state(const struct vordec_decoder_info *info, const struct state_file *state,
                        const struct vordec_decode_io *io, size_t i) {
  const size_t cells = state->info.n * state->info.n;
  const size_t field = cells * (info->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
  if (state->batched) fprintf(stderr, "state %zu\n", i);
  if (io->scalars) {
    print_scalar("energy", io->scalars[i].energy_lp, io->scalars[i].energy_hat);
    print_scalar("enstrophy", io->scalars[i].enstrophy_lp, io->scalars[i].enstrophy_hat);
    fprintf(stderr, "  %-14s %.4f of the cells\n", "support", io->scalars[i].support_frac);
  }
  print_hash("omega_lp", io->omega_lp ? (const char *)io->omega_lp + i * field : NULL, field);
  print_hash("mask", io->mask ? io->mask + i * cells : NULL, cells);
  print_hash("omega_hat", io->omega_hat ? (const char *)io->omega_hat + i * field : NULL, field);
}

static void print_timings(const struct vordec_decode_report *report) {
  fprintf(stderr, "timings        ");
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    fprintf(stderr, "%s%s %.3f", i ? ", " : "", vordec_stage_name((enum vordec_stage)i), report->stage_ms[i]);
  }
  fprintf(stderr, " ms (%s); whole call %.3f ms\n", report->device_timestamps ? "device clock" : "host clock",
          report->total_ms);
}

static void print_choice(const struct vordec_decoder_info *info, const char *reason) {
  fprintf(stderr, "backend        requested %s, used %s; fft requested %s, used %s; %s\n", info->backend_requested,
          info->backend_used, info->fft_requested, info->fft_used, info->precision == VORDEC_FP64 ? "fp64" : "fp32");
  if (*reason) fprintf(stderr, "because        %s\n", reason);
}

void summary_print(const struct vordec_decoder *decoder, const struct vordec_decode_report *report,
                   const struct state_file *state, const struct vordec_decode_io *io,
                   const struct residual_input *residual) {
  char ran_on[RAN_ON_MAX];
  struct vordec_decoder_info told;
  const struct vordec_decoder_info *info = &told;
  vordec_decoder_get(decoder, &told);
  ran_on_device(&info->device, report->decode_device, ran_on);
  if (info->device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "%s\n", ran_on);
  fprintf(stderr, "decoded        %zu state%s, N = %zu, M = %zu low modes, D = %zu\n", state->count,
          state->count == 1 ? "" : "s", state->info.n, state->info.m, state->info.d);
  print_choice(info, vordec_decoder_reason(decoder));
  fprintf(stderr, "device         %s: %s (%s)\n", report->decode_device, info->device.name, info->device.driver);
  fprintf(stderr, "start          device opened in %.1f ms, plan made in %.1f ms (warm-up %.1f ms)\n", info->open_ms,
          info->create_ms, info->warmup_ms);
  print_timings(report);
  residual_input_describe(residual, io);
  for (size_t i = 0; i < state->count && i < STATES_SHOWN; i++) print_state(info, state, io, i);
  if (state->count > STATES_SHOWN) fprintf(stderr, "(and %zu more states)\n", state->count - STATES_SHOWN);
}
