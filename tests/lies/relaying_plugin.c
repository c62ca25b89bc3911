/* SPDX-License-Identifier: MIT */
/*
 * A plugin that relays to another backend and says of it what its lie tells: a GPU did the work, and whatever else
 * lie.c makes up for the seed in the environment.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "lie.h"

static const struct vordec_backend *behind;
static struct vordec_rollout_interface steps_behind;
static struct lie lie;

struct relay {
  vordec_device_sink sink;
  void *ctx;
};

static bool failing(enum lie_slot slot, struct vordec_error *error) {
  if (lie.fails != slot) return false;
  error->status = lie.status;
  error->reason = lie.reason;
  memcpy(error->message, lie.message, sizeof error->message);
  return true;
}

static void pose(void *ctx, const struct vordec_device *device) {
  const struct relay *relay = ctx;
  struct vordec_device posing = lie.device;
  posing.index = device->index;
  posing.memory_bytes = lie.device_bytes;
  relay->sink(relay->ctx, &posing);
}

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  if (failing(LIE_IN_PROBE, error)) return lie.status;
  struct relay relay = {sink, sink_ctx};
  return behind->probe(host, pose, &relay, error);
}

static const struct vordec_host *used_host;

static enum vordec_status open_session(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error) {
  used_host = host;
  if (failing(LIE_IN_OPEN, error)) return lie.status;
  return behind->open(host, desc, session, error);
}

static enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_plan **plan, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  if (failing(LIE_IN_PLAN, error)) return lie.status;
  struct vordec_plan_desc relayed = *desc;
  relayed.fft = "auto";
  const enum vordec_status status = behind->plan_create(session, &relayed, plan, info, error);
  memcpy(info->fft, lie.fft, sizeof info->fft);
  memcpy(info->fft_reason, lie.fft_reason, sizeof info->fft_reason);
  info->host_bytes = lie.host_bytes;
  info->device_bytes = lie.device_bytes;
  if (!(lie.warmup_ms == 0.0)) info->warmup_ms = lie.warmup_ms;
  return status;
}

static double now_ms(void) {
  return (double)used_host->clock_ns(used_host->ctx) * 1e-6;
}

static void testify(struct vordec_evidence *evidence) {
  *evidence = lie.evidence;
  memcpy(&evidence->device_timestamps, &lie.timestamps, 1);
}

/* Milliseconds since then, never 0. */
static double passed_since(double start) {
  double end = now_ms();
  while (end <= start) end = now_ms();
  return end - start;
}

static void spoil(struct vordec_scalars *scalars) {
  const double told = lie.scalars.support_frac;
  scalars->energy_hat = lie.scalars.energy_hat;
  scalars->enstrophy_hat = lie.scalars.enstrophy_hat;
  memcpy(scalars->band_energy, lie.scalars.band_energy, sizeof scalars->band_energy);
  memcpy(scalars->band_gain, lie.scalars.band_gain, sizeof scalars->band_gain);
  if (!(told == 0.0)) scalars->support_frac = told;
}

static enum vordec_status decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_decode_result *result, struct vordec_error *error) {
  const double start = now_ms();
  if (failing(LIE_IN_DECODE, error)) return lie.status;
  if (lie.logged[0]) used_host->log(used_host->ctx, VORDEC_LOG_WARNING, lie.logged);
  const enum vordec_status status = lie.idle ? VORDEC_OK : behind->decode(plan, job, result, error);
  testify(&result->evidence);
  for (uint32_t i = 0; i < job->count && job->scalars && lie.spoil_scalars; i++) spoil(&job->scalars[i]);
  const double passed = passed_since(start);
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    const bool told = lie.more_is_all && !(lie.stage_more[i] == 0.0);
    result->stage_ms[i] = (told ? 0.0 : lie.share * passed) + lie.stage_more[i];
  }
  return status;
}

static enum vordec_status advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  const double start = now_ms();
  if (failing(LIE_IN_ADVANCE, error)) return lie.status;
  const enum vordec_status status = steps_behind.advance(rollout, steps, result, error);
  testify(&result->evidence);
  result->device_ms = lie.share * passed_since(start) + lie.steps_more;
  return status;
}

static const void *get_interface(const char *name) {
  static struct vordec_rollout_interface steps;
  if (strcmp(name, VORDEC_ROLLOUT_INTERFACE) != 0) return NULL;
  const struct vordec_rollout_interface *theirs = behind->get_interface(name);
  steps_behind = *theirs;
  steps = *theirs;
  steps.advance = advance;
  return &steps;
}

static void find_behind(const struct vordec_host *host) {
  void *library = dlopen(getenv(LIE_BEHIND), RTLD_NOW | RTLD_LOCAL);
  void *symbol = library ? dlsym(library, "vordec_backend_entry") : NULL;
  vordec_backend_entry_fn entry = NULL;
  memcpy(&entry, &symbol, sizeof entry);
  behind = entry ? entry(VORDEC_ABI_MAJOR, host) : NULL;
}

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  static const char *const ffts[] = {"test", NULL};
  static struct vordec_backend table;
  const char *seed = getenv(LIE_SEED);
  if (!behind) find_behind(host);
  if (!behind || host_abi != VORDEC_ABI_MAJOR) return NULL;
  lie_make_up(seed ? strtoull(seed, NULL, 10) : 0, &lie);
  table = *behind;
  table.struct_size = sizeof table;
  table.name = "liar";
  table.description = "relays \x1b[1mand lies\n";
  table.ffts = ffts;
  table.probe = probe;
  table.open = open_session;
  table.plan_create = plan_create;
  table.decode = decode;
  table.get_interface = get_interface;
  return &table;
}
