/*
 * A backend that is wrong on purpose. Compiled once for each way to be wrong: what a macro below does not change is as
 * a well-behaved plugin for a GPU would have it. The fields it hands out are right (omega_lp by direct sums, plus
 * STUB_OFFSET; omega_hat the same; a mask of zeros), so that what is done with them can be tested too.
 *
 * With STUB_ROLLS it also has the rollout interface, whose states advance by plain sums in the precision asked for;
 * with STUB_FILLS the bandwidth interface, which fills nothing and says so; with STUB_STREAMS the stream interface,
 * which computes in wait(), as late as can be, and refuses what the core must not do.
 *
 * STUB_ON_LOAD, STUB_ON_PROBE and STUB_ON_DECODE are statements that run there: a crash, a hang, an exit.
 *
 * VORDEC_STUB_FAIL="SLOT STATUS REASON" in the environment makes a slot (probe, open, plan_create, decode,
 * rollout_create, advance, read, fill, submit, wait, host_alloc) fail, SLOT = fft_NAME plans for that FFT. Each call is
 * logged at debug level under its slot's name, which lets a test count calls or hold one up.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/backend.h>

#ifndef STUB_CLAIMS
#define STUB_CLAIMS STUB_NAME /* the name inside */
#endif
#ifndef STUB_ABI_MAJOR
#define STUB_ABI_MAJOR VORDEC_ABI_MAJOR
#endif
#ifndef STUB_SIZE
#define STUB_SIZE sizeof(struct vordec_backend)
#endif
#ifndef STUB_SERVES
#define STUB_SERVES VORDEC_ABI_MAJOR /* the host's ABI that the entry accepts */
#endif
#ifndef STUB_ENTRY
#define STUB_ENTRY vordec_backend_entry
#endif
#ifndef STUB_DECODE
#define STUB_DECODE decode
#endif
#ifndef STUB_DEVICES
#define STUB_DEVICES 1
#endif
#ifndef STUB_TYPE
#define STUB_TYPE VORDEC_DEVICE_DISCRETE
#endif
#ifndef STUB_CAPABILITIES
#define STUB_CAPABILITIES (VORDEC_CAP_FP32 | VORDEC_CAP_FP64 | VORDEC_CAP_TIMESTAMPS)
#endif
#ifndef STUB_UNUSABLE
#define STUB_UNUSABLE VORDEC_REASON_NONE
#endif
#ifndef STUB_FFT_USED
#define STUB_FFT_USED desc->fft /* "auto" is replaced by the first */
#endif
#ifndef STUB_MAKES_PLAN
#define STUB_MAKES_PLAN true
#endif
#ifndef STUB_OFFSET
#define STUB_OFFSET 0.0
#endif
#ifndef STUB_ABSMAX
#define STUB_ABSMAX 0.0
#endif
#ifndef STUB_EVIDENCE_TYPE
#define STUB_EVIDENCE_TYPE STUB_TYPE
#endif
#ifndef STUB_EVIDENCE_NAME
#define STUB_EVIDENCE_NAME device_name
#endif
#ifndef STUB_EVIDENCE_DRIVER
#define STUB_EVIDENCE_DRIVER driver_name
#endif
#ifndef STUB_EVIDENCE_UUID
#define STUB_EVIDENCE_UUID 0x5a
#endif
#ifndef STUB_RECORDED
#define STUB_RECORDED 3
#endif
#ifndef STUB_COMPLETED
#define STUB_COMPLETED STUB_RECORDED
#endif
#ifndef STUB_TIMESTAMPS
#define STUB_TIMESTAMPS true
#endif
#ifndef STUB_STAGE_MS
#define STUB_STAGE_MS 0.19 * elapsed_ms /* five stages share the call's time */
#endif
#ifndef STUB_ON_LOAD
#define STUB_ON_LOAD (void)0 /* a statement */
#endif
#ifndef STUB_ON_PROBE
#define STUB_ON_PROBE (void)0
#endif
#ifndef STUB_ON_DECODE
#define STUB_ON_DECODE (void)0
#endif
#ifndef STUB_ROLLS
#define STUB_ROLLS false
#endif
#ifndef STUB_ROLLOUT_SIZE
#define STUB_ROLLOUT_SIZE sizeof(struct vordec_rollout_interface)
#endif
#ifndef STUB_ROLLOUT_READ
#define STUB_ROLLOUT_READ read_state
#endif
#ifndef STUB_MAKES_ROLLOUT
#define STUB_MAKES_ROLLOUT true
#endif
#ifndef STUB_ROLLOUT_TYPE
#define STUB_ROLLOUT_TYPE STUB_TYPE
#endif
#ifndef STUB_ROLLOUT_UUID
#define STUB_ROLLOUT_UUID 0x5a
#endif
#ifndef STUB_ROLLOUT_RECORDED
#define STUB_ROLLOUT_RECORDED steps
#endif
#ifndef STUB_ROLLOUT_COMPLETED
#define STUB_ROLLOUT_COMPLETED STUB_ROLLOUT_RECORDED
#endif
#ifndef STUB_ROLLOUT_MS
#define STUB_ROLLOUT_MS 0.9 * elapsed_ms
#endif
#ifndef STUB_FILLS
#define STUB_FILLS false
#endif
#ifndef STUB_BANDWIDTH_SIZE
#define STUB_BANDWIDTH_SIZE sizeof(struct vordec_bandwidth_interface)
#endif
#ifndef STUB_FILL
#define STUB_FILL fill
#endif
#ifndef STUB_FILL_BYTES
#define STUB_FILL_BYTES bytes / 2 /* as if there were less room */
#endif
#ifndef STUB_FILL_S
#define STUB_FILL_S 1e-3 * 0.9 * elapsed_ms
#endif
#ifndef STUB_STREAMS
#define STUB_STREAMS false
#endif
#ifndef STUB_STREAM_SIZE
#define STUB_STREAM_SIZE sizeof(struct vordec_stream_interface)
#endif
#ifndef STUB_STREAM_WAIT
#define STUB_STREAM_WAIT wait_for_job
#endif
#ifndef STUB_HOST_ALLOC
#define STUB_HOST_ALLOC host_alloc
#endif
#ifndef STUB_HOST_FREE
#define STUB_HOST_FREE host_free
#endif
#ifndef STUB_LINK
#define STUB_LINK link_rate
#endif
#ifndef STUB_PLANS_MAX
#define STUB_PLANS_MAX 1000 /* of a session; then its memory is full */
#endif

static const char device_name[] = "Stub Card", driver_name[] = "stub 1.0";

struct vordec_session {
  const struct vordec_host *host;
  unsigned plans;
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
};

__attribute__((constructor)) static void on_load(void) {
  STUB_ON_LOAD;
}

static void say(const struct vordec_host *host, const char *slot) {
  host->log(host->ctx, VORDEC_LOG_DEBUG, slot);
}

/* Whether the environment wants this slot to fail; fills the error then. */
static enum vordec_status wanted_failure(const char *slot, struct vordec_error *error) {
  const char *text = getenv("VORDEC_STUB_FAIL");
  char name[32];
  int status = 0, reason = 0;
  if (!text || sscanf(text, "%31s %d %d", name, &status, &reason) != 3 || strcmp(name, slot) != 0) return VORDEC_OK;
  return vordec_fail(error, (enum vordec_status)status, (enum vordec_reason)reason, "the stub's %s fails", slot);
}

static enum vordec_status probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                struct vordec_error *error) {
  STUB_ON_PROBE;
  say(host, "probe");
  const enum vordec_status status = wanted_failure("probe", error);
  if (status) return status;
  const uint32_t devices = STUB_DEVICES;
  for (uint32_t i = 0; i < devices; i++) {
    struct vordec_device device = {.struct_size = sizeof device,
                                   .index = i,
                                   .type = STUB_TYPE,
                                   .uuid = {0x5a, (uint8_t)i},
                                   .api = "Stub 1",
                                   .capabilities = STUB_CAPABILITIES,
                                   .unusable = STUB_UNUSABLE,
                                   .unusable_detail = "it is a stub"};
    memcpy(device.name, device_name, sizeof device_name);
    memcpy(device.driver, driver_name, sizeof driver_name);
    sink(sink_ctx, &device);
  }
  return VORDEC_OK;
}

static enum vordec_status open_session(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error) {
  (void)desc;
  say(host, "open");
  const enum vordec_status status = wanted_failure("open", error);
  if (status) return status;
  *session = host->allocate(host->ctx, 16, sizeof **session);
  if (!*session) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  **session = (struct vordec_session){.host = host};
  return VORDEC_OK;
}

static void close_session(struct vordec_session *session) {
  if (!session) return;
  say(session->host, "close");
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
  say(host, "plan_create");
  char slot[8 + VORDEC_FFT_NAME_MAX];
  snprintf(slot, sizeof slot, "fft_%s", desc->fft);
  enum vordec_status status = wanted_failure("plan_create", error);
  if (!status) status = wanted_failure(slot, error);
  if (status) return status;
  take_note(desc);
  if (!STUB_MAKES_PLAN) return VORDEC_OK;
  const size_t list = desc->m * sizeof(uint32_t), rolled = desc->d * sizeof(double);
  struct vordec_plan *made = NULL;
  if (session->plans < STUB_PLANS_MAX) made = host->allocate(host->ctx, 16, sizeof *made + rolled + list);
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
  const char *fft = STUB_FFT_USED;
  snprintf(info->fft, sizeof info->fft, "%s", strcmp(fft, "auto") == 0 ? "stub" : fft);
  info->host_bytes = sizeof *made + rolled + list;
  info->device_bytes = 4096;
  *plan = made;
  return VORDEC_OK;
}

static void plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  say(plan->host, plan->under_way ? "plan_destroy under way" : "plan_destroy");
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
  return sum + STUB_OFFSET;
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
          (struct vordec_scalars){.energy_hat = NAN, .enstrophy_hat = NAN, .residual_absmax = STUB_ABSMAX};
  }
}

/* Milliseconds, never 0. */
static double elapsed_since(const struct vordec_host *host, uint64_t start) {
  uint64_t end = host->clock_ns(host->ctx);
  while (end == start) end = host->clock_ns(host->ctx);
  return (double)(end - start) * 1e-6;
}

static void do_job(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint64_t start,
                   struct vordec_decode_result *result) {
  const struct vordec_host *host = plan->host;
  fill_fields(plan, job);
  const double elapsed_ms = elapsed_since(host, start);
  (void)elapsed_ms;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) result->stage_ms[i] = STUB_STAGE_MS;
  result->evidence = (struct vordec_evidence){.type = STUB_EVIDENCE_TYPE,
                                              .uuid = {STUB_EVIDENCE_UUID},
                                              .dispatches_recorded = STUB_RECORDED,
                                              .dispatches_completed = STUB_COMPLETED,
                                              .device_timestamps = STUB_TIMESTAMPS};
  snprintf(result->evidence.name, sizeof result->evidence.name, "%s", STUB_EVIDENCE_NAME);
  snprintf(result->evidence.driver, sizeof result->evidence.driver, "%s", STUB_EVIDENCE_DRIVER);
}

static enum vordec_status decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_decode_result *result, struct vordec_error *error) {
  const struct vordec_host *host = plan->host;
  const uint64_t start = host->clock_ns(host->ctx);
  STUB_ON_DECODE;
  say(host, "decode");
  if (plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
  const enum vordec_status status = wanted_failure("decode", error);
  if (!status) do_job(plan, job, start, result);
  return status;
}

/* ---- stream ---- */

static enum vordec_status submit(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_error *error) {
  say(plan->host, "submit");
  if (plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
  const enum vordec_status status = wanted_failure("submit", error);
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
  say(plan->host, "wait");
  if (!plan->under_way) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no job is under way");
  plan->under_way = false;
  const enum vordec_status status = wanted_failure("wait", error);
  if (!status) do_job(plan, &plan->job, plan->start, result);
  return status;
}

static enum vordec_status host_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  say(host, "host_alloc");
  const enum vordec_status status = wanted_failure("host_alloc", error);
  if (status) return status;
  *memory = host->allocate(host->ctx, 64, bytes);
  if (!*memory) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  memset(*memory, 0, bytes);
  return VORDEC_OK;
}

static void host_free(struct vordec_session *session, void *memory) {
  if (memory) say(session->host, "host_free");
  session->host->release(session->host->ctx, memory);
}

/* ---- rollout ---- */

static enum vordec_status rollout_create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                         struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  say(host, "rollout_create");
  const enum vordec_status status = wanted_failure("rollout_create", error);
  if (status) return status;
  if (!STUB_MAKES_ROLLOUT) return VORDEC_OK;
  const size_t d = setup->d, reals = d * d + 2 * d;
  struct vordec_backend_rollout *made = host->allocate(host->ctx, 16, sizeof *made + reals * sizeof(double));
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  double *store = (double *)(made + 1);
  *made = (struct vordec_backend_rollout){host, setup->d, setup->precision, store, store + d * d, store + d * d + d};
  const bool fp64 = setup->precision == VORDEC_FP64;
  for (size_t i = 0; i < d * d; i++) made->a[i] = fp64 ? setup->a[i] : (double)(float)setup->a[i];
  for (size_t i = 0; i < d; i++) made->z[i] = fp64 ? setup->z0[i] : (double)(float)setup->z0[i];
  *rollout = made;
  return VORDEC_OK;
}

static void rollout_destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  say(rollout->host, "rollout_destroy");
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
  say(host, "advance");
  const enum vordec_status status = wanted_failure("advance", error);
  if (status) return status;
  for (uint32_t i = 0; i < steps; i++) step(rollout);
  const double elapsed_ms = elapsed_since(host, start);
  (void)elapsed_ms;
  result->device_ms = STUB_ROLLOUT_MS;
  result->evidence = (struct vordec_evidence){.type = STUB_ROLLOUT_TYPE,
                                              .uuid = {STUB_ROLLOUT_UUID},
                                              .dispatches_recorded = STUB_ROLLOUT_RECORDED,
                                              .dispatches_completed = STUB_ROLLOUT_COMPLETED,
                                              .device_timestamps = STUB_TIMESTAMPS};
  memcpy(result->evidence.name, device_name, sizeof device_name);
  memcpy(result->evidence.driver, driver_name, sizeof driver_name);
  return VORDEC_OK;
}

static enum vordec_status read_state(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  say(rollout->host, "read");
  const enum vordec_status status = wanted_failure("read", error);
  if (!status) memcpy(z, rollout->z, rollout->d * sizeof *z);
  return status;
}

/* ---- bandwidth ---- */

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  const uint64_t start = host->clock_ns(host->ctx);
  say(host, "fill");
  const enum vordec_status status = wanted_failure("fill", error);
  if (status) return status;
  const double elapsed_ms = elapsed_since(host, start);
  (void)elapsed_ms;
  result->bytes = STUB_FILL_BYTES;
  result->seconds = STUB_FILL_S;
  result->device_timestamps = STUB_TIMESTAMPS;
  return VORDEC_OK;
}

static enum vordec_status link_rate(struct vordec_session *session, uint64_t bytes,
                                    struct vordec_bandwidth_result *result, struct vordec_error *error) {
  return fill(session, bytes, result, error);
}

static const void *get_interface(const char *name) {
  static const struct vordec_bandwidth_interface fills = {.struct_size = STUB_BANDWIDTH_SIZE, .fill = STUB_FILL};
  static const struct vordec_rollout_interface rolls = {.struct_size = STUB_ROLLOUT_SIZE,
                                                        .create = rollout_create,
                                                        .destroy = rollout_destroy,
                                                        .advance = advance,
                                                        .read = STUB_ROLLOUT_READ};
  (void)read_state; /* where the slot is left empty */
  static const struct vordec_stream_interface streams = {.struct_size = STUB_STREAM_SIZE,
                                                         .submit = submit,
                                                         .wait = STUB_STREAM_WAIT,
                                                         .host_alloc = STUB_HOST_ALLOC,
                                                         .host_free = STUB_HOST_FREE,
                                                         .link = STUB_LINK};
  (void)fill;
  (void)wait_for_job;
  (void)host_alloc;
  (void)host_free;
  (void)link_rate;
  if (STUB_STREAMS && strcmp(name, VORDEC_STREAM_INTERFACE) == 0) return &streams;
  if (STUB_FILLS && strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &fills;
  return STUB_ROLLS && strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0 ? &rolls : NULL;
}

/* A symbol that nobody else is to see: plugins are loaded for themselves alone. */
#ifdef STUB_MARKER
VORDEC_PLUGIN_EXPORT int STUB_MARKER(void);
int STUB_MARKER(void) {
  return 1;
}
#endif

/* As plugins may be given a longer table in a later minor version. */
struct longer_table {
  struct vordec_backend table;
  void (*later[4])(void);
};

VORDEC_PLUGIN_EXPORT const struct vordec_backend *STUB_ENTRY(uint32_t host_abi, const struct vordec_host *host);

const struct vordec_backend *STUB_ENTRY(uint32_t host_abi, const struct vordec_host *host) {
  static const char *const ffts[] = {"stub", "other", NULL};
  static const struct longer_table longer = {.table = {.abi_major = STUB_ABI_MAJOR,
                                                       .abi_minor = VORDEC_ABI_MINOR,
                                                       .struct_size = STUB_SIZE,
                                                       .name = STUB_CLAIMS,
                                                       .description = "a stub for tests",
                                                       .ffts = ffts,
                                                       .probe = probe,
                                                       .open = open_session,
                                                       .close = close_session,
                                                       .plan_create = plan_create,
                                                       .plan_destroy = plan_destroy,
                                                       .decode = STUB_DECODE,
                                                       .get_interface = get_interface}};
  (void)host;
  (void)decode; /* where the slot is left empty */
  return host_abi == STUB_SERVES ? &longer.table : NULL;
}
