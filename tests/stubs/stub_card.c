/* SPDX-License-Identifier: MIT */
/*
 * A stub that poses as a card: what its row of the table does not change is as a well-behaved plugin for a GPU would
 * have it. The fields it hands out are right (omega_lp by direct sums, plus an offset; omega_hat the same; a mask of
 * zeros), so that what is done with them can be tested too. Its rollouts advance by plain sums in the precision asked
 * for; its simulations halve their fields in each step; its bandwidth fills nothing and says so; its streams compute in
 * wait(), as late as can be, and refuse what the core must not do.
 *
 * VORDEC_STUB_FAIL="SLOT STATUS REASON" in the environment makes a slot (probe, open, plan_create, decode,
 * rollout_create, advance, read, fill, submit, wait, host_alloc, flow_create, flow_set, flow_get, flow_advance,
 * encoder_create, encode, adjoint_create, adjoint) fail,
 * SLOT = fft_NAME plans for that FFT. Each call is logged at debug level under its slot's name, which lets a test count
 * calls or hold one up.
 */
#include "stub_card.h"
#include "stub_card_adjoint.h"
#include "stub_card_compare.h"
#include "stub_card_encode.h"
#include "stub_card_flow.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct card *card; /* set when the plugin is loaded */

static const char device_name[] = "Stub Card", driver_name[] = "stub 1.0";

struct vordec_session {
  const struct vordec_host *host;
  uint8_t device; /* which one was opened */
  unsigned plans, jobs;
};

struct vordec_plan {
  const struct vordec_host *host;
  uint32_t n, m, d;
  enum vordec_precision precision;
  uint32_t *low_index;
  struct vordec_session *session;
  struct vordec_decode_job job; /* under way, if it says so */
  bool under_way;
  uint64_t start;
  double *rolled; /* d: the state that a rollout held when the job was submitted */
};

/* Values of an fp32 state are floats, kept as doubles. */
struct vordec_backend_rollout {
  const struct vordec_host *host;
  uint32_t d;
  enum vordec_precision precision;
  double *a, *z, *next;
  uint8_t device;
};

const struct vordec_host *stub_card_host(const struct vordec_session *session) {
  return session->host;
}

const struct card *stub_card_row(void) {
  return card;
}

static void meet(enum trouble trouble) {
  switch (trouble) {
  case NO_TROUBLE:
    return;
  case TROUBLE_CRASH:
    raise(SIGSEGV);
    return;
  case TROUBLE_EXIT:
    exit(0);
  case TROUBLE_ABORT:
    abort();
  case TROUBLE_HANG:
    sleep(600);
    return;
  }
}

void stub_card_say(const struct vordec_host *host, const char *slot) {
  host->log(host->ctx, VORDEC_LOG_DEBUG, slot);
}

/* Whether the environment wants this slot to fail; fills the error then. */
enum vordec_status stub_card_failure(const char *slot, struct vordec_error *error) {
  const char *text = getenv("VORDEC_STUB_FAIL");
  char name[32];
  int status = 0, reason = 0;
  if (!text || sscanf(text, "%31s %d %d", name, &status, &reason) != 3 || strcmp(name, slot) != 0) return VORDEC_OK;
  return vordec_fail(error, (enum vordec_status)status, (enum vordec_reason)reason, "the stub's %s fails", slot);
}

static bool is_odd(uint32_t device) {
  return card->odd > 0 && device == card->odd;
}

static const char *name_of(uint32_t device) {
  return is_odd(device) && card->odd_name ? card->odd_name : device_name;
}

/* Counts a job of the session's device, which may be its last. */
static enum vordec_status count_job(struct vordec_session *session, struct vordec_error *error) {
  session->jobs++;
  usleep(card->job_ms * 1000);
  if (!is_odd(session->device) || card->odd_fails == 0 || session->jobs < card->odd_fails) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_DEVICE_LOST, VORDEC_REASON_NONE, "the stub's device is lost");
}

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  meet(card->on_probe);
  stub_card_say(host, "probe");
  const enum vordec_status status = stub_card_failure("probe", error);
  if (status) return status;
  for (uint32_t i = 0; i < card->devices; i++) {
    struct vordec_device device = {.struct_size = sizeof device,
                                   .index = i,
                                   .type = card->type,
                                   .uuid = {0x5a, (uint8_t)i},
                                   .api = "Stub 1",
                                   .capabilities = card->capabilities,
                                   .unusable = card->unusable,
                                   .unusable_detail = "it is a stub"};
    snprintf(device.name, sizeof device.name, "%s", name_of(i));
    memcpy(device.driver, driver_name, sizeof driver_name);
    sink(sink_ctx, &device);
  }
  return VORDEC_OK;
}

static enum vordec_status open_session(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error) {
  stub_card_say(host, "open");
  const enum vordec_status status = stub_card_failure("open", error);
  if (status) return status;
  *session = host->allocate(host->ctx, 16, sizeof **session);
  if (!*session) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  **session = (struct vordec_session){.host = host, .device = (uint8_t)desc->device_index};
  return VORDEC_OK;
}

static void close_session(struct vordec_session *session) {
  if (!session) return;
  stub_card_say(session->host, "close");
  session->host->release(session->host->ctx, session);
}

static void take_note(const struct vordec_plan_desc *desc) {
  const char *path = getenv("VORDEC_STUB_NOTES"), *cache = getenv("XDG_CACHE_HOME");
  FILE *notes = path ? fopen(path, "a") : NULL;
  if (!notes) return;
  fprintf(notes, "%s %s %u %u %u %g\n", cache ? cache : "none", desc->fft, desc->n, desc->batch, desc->smooth_width,
          desc->tau);
  fclose(notes);
}

static enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                      struct vordec_plan **plan, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  stub_card_say(host, "plan_create");
  char slot[8 + VORDEC_FFT_NAME_MAX];
  snprintf(slot, sizeof slot, "fft_%s", desc->fft);
  enum vordec_status status = stub_card_failure("plan_create", error);
  if (!status) status = stub_card_failure(slot, error);
  if (status) return status;
  take_note(desc);
  if (card->makes_no_plan) return VORDEC_OK;
  const size_t list = desc->m * sizeof(uint32_t), rolled = desc->d * sizeof(double);
  struct vordec_plan *made = NULL;
  if (session->plans < card->plans_max) made = host->allocate(host->ctx, 16, sizeof *made + rolled + list);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  double *store = (double *)(made + 1);
  *made = (struct vordec_plan){.host = host,
                               .n = desc->n,
                               .m = desc->m,
                               .d = desc->d,
                               .precision = desc->precision,
                               .rolled = store,
                               .low_index = (uint32_t *)(store + desc->d),
                               .session = session};
  session->plans++;
  memcpy(made->low_index, desc->low_index, list);
  const char *fft = card->fft_used ? card->fft_used : desc->fft;
  snprintf(info->fft, sizeof info->fft, "%s", strcmp(fft, "auto") == 0 ? "stub" : fft);
  info->host_bytes = sizeof *made + rolled + list;
  info->device_bytes = 4096;
  *plan = made;
  return VORDEC_OK;
}

static void plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  stub_card_say(plan->host, plan->under_way ? "plan_destroy under way" : "plan_destroy");
  plan->session->plans--;
  plan->host->release(plan->host->ctx, plan);
}

/* Re sum_k c_k exp(i k.x) at one cell. */
static double direct_sum(const struct vordec_plan *plan, const double *z, uint32_t cell) {
  const double step = 2.0 * 3.14159265358979323846 / plan->n;
  const uint64_t n = plan->n, y = cell / n, x = cell % n;
  double sum = 0.0;
  for (uint32_t i = 0; i < plan->m; i++) {
    const uint64_t turns = (plan->low_index[i] / n * y + plan->low_index[i] % n * x) % n;
    sum += z[i] * cos(step * (double)turns) - z[plan->m + i] * sin(step * (double)turns);
  }
  return sum + card->offset;
}

static void put(const struct vordec_plan *plan, void *field, size_t at, double value) {
  if (plan->precision == VORDEC_FP64) {
    ((double *)field)[at] = value;
  } else {
    ((float *)field)[at] = (float)value;
  }
}

static void fill_fields(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  const uint32_t cells = plan->n * plan->n;
  for (uint32_t i = 0; i < job->count; i++) {
    for (uint32_t cell = 0; cell < cells && (job->omega_lp || job->omega_hat); cell++) {
      const double value = direct_sum(plan, job->rollout ? job->rollout->z : job->z + (size_t)i * plan->d, cell);
      if (job->omega_lp) put(plan, job->omega_lp, (size_t)i * cells + cell, value);
      if (job->omega_hat) put(plan, job->omega_hat, (size_t)i * cells + cell, value);
    }
    if (job->mask) memset(job->mask + (size_t)i * cells, 0, cells);
    if (job->scalars)
      job->scalars[i] =
          (struct vordec_scalars){.energy_hat = NAN, .enstrophy_hat = NAN, .residual_absmax = card->absmax};
  }
}

/* Milliseconds, never 0. */
double stub_card_elapsed(const struct vordec_host *host, uint64_t start) {
  uint64_t end = host->clock_ns(host->ctx);
  while (end == start) end = host->clock_ns(host->ctx);
  return (double)(end - start) * 1e-6;
}

double stub_card_tell(const struct told_time *time, double elapsed_ms) {
  return time->share * elapsed_ms + time->more;
}

void stub_card_tell_evidence(const struct told_evidence *told, uint64_t recorded, struct vordec_evidence *evidence) {
  *evidence = (struct vordec_evidence){.type = told->type,
                                       .uuid = {told->uuid},
                                       .dispatches_recorded = recorded,
                                       .dispatches_completed = recorded - told->lost,
                                       .device_timestamps = card->timestamps};
  snprintf(evidence->name, sizeof evidence->name, "%s", told->name);
  snprintf(evidence->driver, sizeof evidence->driver, "%s", told->driver);
}

/* Five stages share the call's time. */
static void do_job(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint64_t start,
                   struct vordec_decode_result *result) {
  fill_fields(plan, job);
  const double elapsed_ms = stub_card_elapsed(plan->host, start);
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->stage_ms[i] = stub_card_tell(&card->decode.ms, elapsed_ms);
  stub_card_tell_evidence(&card->decode, card->decode.recorded, &result->evidence);
  result->evidence.uuid[1] = plan->session->device;
  if (is_odd(plan->session->device)) {
    snprintf(result->evidence.name, sizeof result->evidence.name, "%s", name_of(plan->session->device));
    result->evidence.dispatches_completed -= card->odd_lost;
  }
  if (job->z && job->z[0] > card->doubtful_above) result->evidence.dispatches_completed--;
}

static enum vordec_status decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_decode_result *result, struct vordec_error *error) {
  const struct vordec_host *host = plan->host;
  const uint64_t start = host->clock_ns(host->ctx);
  meet(card->on_decode);
  stub_card_say(host, "decode");
  if (plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
  enum vordec_status status = stub_card_failure("decode", error);
  if (!status) status = count_job(plan->session, error);
  if (!status) do_job(plan, job, start, result);
  return status;
}

/* ---- stream ---- */

static enum vordec_status submit(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_error *error) {
  stub_card_say(plan->host, "submit");
  if (plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
  const enum vordec_status status = stub_card_failure("submit", error);
  if (status) return status;
  plan->job = *job;
  plan->under_way = true;
  plan->start = plan->host->clock_ns(plan->host->ctx);
  if (!job->rollout) return VORDEC_OK;
  memcpy(plan->rolled, job->rollout->z, plan->d * sizeof *plan->rolled);
  plan->job.z = plan->rolled;
  plan->job.rollout = NULL;
  return VORDEC_OK;
}

static enum vordec_status wait_for_job(struct vordec_plan *plan, struct vordec_decode_result *result,
                                       struct vordec_error *error) {
  stub_card_say(plan->host, "wait");
  if (!plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no job is under way");
  plan->under_way = false;
  enum vordec_status status = stub_card_failure("wait", error);
  if (!status) status = count_job(plan->session, error);
  if (!status) do_job(plan, &plan->job, plan->start, result);
  return status;
}

static enum vordec_status host_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  stub_card_say(host, "host_alloc");
  const enum vordec_status status = stub_card_failure("host_alloc", error);
  if (status) return status;
  *memory = host->allocate(host->ctx, 64, bytes);
  if (!*memory) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  memset(*memory, 0, bytes);
  return VORDEC_OK;
}

static void host_free(struct vordec_session *session, void *memory) {
  if (memory) stub_card_say(session->host, "host_free");
  session->host->release(session->host->ctx, memory);
}

/* ---- rollout ---- */

static enum vordec_status rollout_create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                         struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  stub_card_say(host, "rollout_create");
  const enum vordec_status status = stub_card_failure("rollout_create", error);
  if (status) return status;
  if (card->makes_no_rollout) return VORDEC_OK;
  const size_t d = setup->d, reals = d * d + 2 * d;
  struct vordec_backend_rollout *made = host->allocate(host->ctx, 16, sizeof *made + reals * sizeof(double));
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  double *store = (double *)(made + 1);
  *made = (struct vordec_backend_rollout){host,          setup->d,          setup->precision, store,
                                          store + d * d, store + d * d + d, session->device};
  const bool fp64 = setup->precision == VORDEC_FP64;
  for (size_t i = 0; i < d * d; i++) made->a[i] = fp64 ? setup->a[i] : (double)(float)setup->a[i];
  for (size_t i = 0; i < d; i++) made->z[i] = fp64 ? setup->z0[i] : (double)(float)setup->z0[i];
  *rollout = made;
  return VORDEC_OK;
}

static void rollout_destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  stub_card_say(rollout->host, "rollout_destroy");
  rollout->host->release(rollout->host->ctx, rollout);
}

static void step(struct vordec_backend_rollout *rollout) {
  const size_t d = rollout->d;
  for (size_t j = 0; j < d; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < d; i++) {
      const double product = rollout->z[i] * rollout->a[i * d + j];
      sum = rollout->precision == VORDEC_FP64 ? sum + product : (double)((float)sum + (float)product);
    }
    rollout->next[j] = sum;
  }
  double *last = rollout->z;
  rollout->z = rollout->next;
  rollout->next = last;
}

static enum vordec_status advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  const struct vordec_host *host = rollout->host;
  const uint64_t start = host->clock_ns(host->ctx);
  stub_card_say(host, "advance");
  const enum vordec_status status = stub_card_failure("advance", error);
  if (status) return status;
  for (uint32_t i = 0; i < steps; i++) step(rollout);
  result->device_ms = stub_card_tell(&card->advance.ms, stub_card_elapsed(host, start));
  stub_card_tell_evidence(&card->advance, steps * card->advance.recorded, &result->evidence);
  result->evidence.uuid[1] = rollout->device;
  if (steps == card->doubtful_steps) result->evidence.dispatches_completed = 0;
  return VORDEC_OK;
}

static enum vordec_status read_state(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  stub_card_say(rollout->host, "read");
  const enum vordec_status status = stub_card_failure("read", error);
  if (!status) memcpy(z, rollout->z, rollout->d * sizeof *z);
  return status;
}

/* ---- bandwidth ---- */

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  static unsigned calls;
  const struct vordec_host *host = session->host;
  const uint64_t start = host->clock_ns(host->ctx);
  stub_card_say(host, "fill");
  const enum vordec_status status = stub_card_failure("fill", error);
  if (status) return status;
  result->bytes = (uint64_t)(card->fill_share * (double)bytes) + card->fill_more;
  result->seconds = 1e-3 * stub_card_tell(&card->fill_ms, stub_card_elapsed(host, start));
  if (card->fills_unsteadily && calls++ % 2) result->seconds *= 0.1;
  result->device_timestamps = card->timestamps;
  return VORDEC_OK;
}

static enum vordec_status link_rate(struct vordec_session *session, uint64_t bytes,
                                    struct vordec_bandwidth_result *result, struct vordec_error *error) {
  return fill(session, bytes, result, error);
}

static const void *get_interface(const char *name) {
  static struct vordec_bandwidth_interface fills;
  static struct vordec_rollout_interface rolls;
  static struct vordec_stream_interface streams;
  fills = (struct vordec_bandwidth_interface){card->bandwidth_size, card->lacks_fill ? NULL : fill};
  rolls = (struct vordec_rollout_interface){.struct_size = card->rollout_size,
                                            .create = rollout_create,
                                            .destroy = rollout_destroy,
                                            .advance = advance,
                                            .read = card->lacks_read ? NULL : read_state};
  streams = (struct vordec_stream_interface){.struct_size = card->stream_size,
                                             .submit = submit,
                                             .wait = card->lacks_wait ? NULL : wait_for_job,
                                             .host_alloc = card->lacks_alloc ? NULL : host_alloc,
                                             .host_free = card->lacks_free ? NULL : host_free,
                                             .link = card->lacks_link ? NULL : link_rate};
  if (card->streams && strcmp(name, VORDEC_STREAM_INTERFACE) == 0) return &streams;
  if (card->simulates && strcmp(name, VORDEC_SIMULATE_INTERFACE) == 0) return stub_card_flow_interface();
  if (card->transposes && strcmp(name, VORDEC_ADJOINT_INTERFACE) == 0) return stub_card_adjoint_interface();
  if (card->compares && strcmp(name, VORDEC_COMPARE_INTERFACE) == 0) return stub_card_compare_interface();
  if (card->encodes && strcmp(name, VORDEC_ENCODE_INTERFACE) == 0) return stub_card_encode_interface();
  if (card->fills && strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &fills;
  return card->rolls && strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0 ? &rolls : NULL;
}

void stub_card_load(const struct card *row) {
  card = row;
  meet(card->on_load);
}

const struct vordec_backend *stub_card_entry(uint32_t host_abi, const char *name) {
  static const char *const ffts[] = {"stub", "other", NULL};
  /* As plugins may be given a longer table in a later minor version. */
  static struct {
    struct vordec_backend table;
    void (*later[4])(void);
  } longer;
  const char *claims = card->claims ? card->claims : name;
  longer.table = (struct vordec_backend){.abi_major = card->abi_major,
                                         .abi_minor = VORDEC_ABI_MINOR,
                                         .struct_size = card->size,
                                         .name = card->no_claim ? NULL : claims,
                                         .description = "a stub for tests",
                                         .ffts = ffts,
                                         .probe = probe,
                                         .open = open_session,
                                         .close = close_session,
                                         .plan_create = plan_create,
                                         .plan_destroy = plan_destroy,
                                         .decode = card->lacks_decode ? NULL : decode,
                                         .get_interface = get_interface};
  return host_abi == card->serves ? &longer.table : NULL;
}
