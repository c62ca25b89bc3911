/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include "ran_on.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void summary_title(const struct vordec_decoder_info *info, const struct vordec_decode_report *report,
                   const struct state_file *state, size_t i, char title[SUMMARY_TITLE_MAX]) {
  char which[48] = "", ran_on[RAN_ON_MAX];
  ran_on_title(info, report->decode_device, ran_on);
  if (state->batched) snprintf(which, sizeof which, ", state %zu of %zu", i, state->count);
  snprintf(title, SUMMARY_TITLE_MAX, "%s (%s); N = %zu%s, %s (vordec %s)", ran_on, report->decode_device, state->info.n,
           which, info->precision == VORDEC_FP64 ? "fp64" : "fp32", vordec_version());
}

static void take_hash(const void *data, size_t at, size_t size, char digest[33]) {
  if (data) vordec_hash((const char *)data + at * size, size, digest);
}

void summary_take(struct summary *summary, const struct vordec_decoder_info *info, size_t n, size_t at,
                  const struct vordec_decode_io *io) {
  const size_t cells = n * n, field = cells * (info->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float));
  for (size_t i = 0; i < io->count && at + i < SUMMARY_STATES; i++) {
    struct summary_state *state = &summary->states[at + i];
    if (summary->count <= at + i) summary->count = at + i + 1;
    *state = (struct summary_state){.measured = io->scalars != NULL};
    if (io->scalars) state->scalars = io->scalars[i];
    take_hash(io->omega_lp, i, field, state->hash[0]);
    take_hash(io->mask, i, cells, state->hash[1]);
    take_hash(io->omega_hat, i, field, state->hash[2]);
  }
}

static void print_scalar(const char *name, double lp, double hat) {
  fprintf(stderr, "  %-14s omega_lp %.9g", name, lp);
  if (!isnan(hat)) fprintf(stderr, ", omega_hat %.9g", hat);
  fprintf(stderr, "\n");
}

static void print_state(const struct summary_state *state) {
  static const char *const names[] = {"omega_lp", "mask", "omega_hat"};
  if (state->measured) {
    print_scalar("energy", state->scalars.energy_lp, state->scalars.energy_hat);
    print_scalar("enstrophy", state->scalars.enstrophy_lp, state->scalars.enstrophy_hat);
    fprintf(stderr, "  %-14s %.4f of the cells\n", "support", state->scalars.support_frac);
  }
  for (int i = 0; i < 3; i++) {
    if (state->hash[i][0]) fprintf(stderr, "  hash %-9s %s\n", names[i], state->hash[i]);
  }
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

/* Of several devices each. */
static void print_shares(const struct vordec_decoder *decoder) {
  const size_t count = vordec_decoder_devices(decoder);
  for (size_t i = 0; count > 1 && i < count; i++) {
    struct vordec_decoder_share share;
    vordec_decoder_get_share(decoder, i, &share);
    fprintf(stderr, "  device %-7u %" PRIu64 " state%s%s\n", share.device.index, share.states,
            share.states == 1 ? "" : "s", share.lost ? ", then it was lost" : "");
  }
}

void summary_print(const struct vordec_decoder *decoder, const struct vordec_decode_report *report,
                   const struct state_file *state, const struct summary *summary) {
  char ran_on[RAN_ON_MAX];
  struct vordec_decoder_info told;
  const struct vordec_decoder_info *info = &told;
  vordec_decoder_get(decoder, &told);
  ran_on_device(&info->device, report->decode_device, ran_on);
  if (info->device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "%s\n", ran_on);
  fprintf(stderr, "decoded        %zu state%s, N = %zu, M = %zu low modes, D = %zu\n", summary->total,
          summary->total == 1 ? "" : "s", state->info.n, state->info.m, state->info.d);
  print_choice(info, vordec_decoder_reason(decoder));
  fprintf(stderr, "device         %s: %s (%s)\n", report->decode_device, info->device.name, info->device.driver);
  print_shares(decoder);
  fprintf(stderr, "start          device opened in %.1f ms, plan made in %.1f ms (warm-up %.1f ms)\n", info->open_ms,
          info->create_ms, info->warmup_ms);
  print_timings(report);
  for (size_t i = 0; i < summary->count; i++) {
    if (state->batched) fprintf(stderr, "state %zu\n", summary->first + i);
    print_state(&summary->states[i]);
  }
  if (summary->total > summary->count) fprintf(stderr, "(and %zu more states)\n", summary->total - summary->count);
}
