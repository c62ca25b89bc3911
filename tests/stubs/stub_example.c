/* SPDX-License-Identifier: MIT */
/*
 * The example backend with every optional interface, and at most one thing wrong, which the conformance suite must
 * find.
 */
#include "stub_example.h"
#include "stub_adjoint.h"
#include "stub_adjoint_shared.h"
#include "stub_compare.h"
#include "stub_encode.h"
#include "stub_export.h"
#include "stub_flow.h"
#include "stub_residual.h"
#include "stub_shelf.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static const struct vordec_backend *direct_entry(uint32_t host_abi, const struct vordec_host *host);
#define vordec_backend_entry direct_entry
#include "../../examples/plugin/direct.c"
#undef vordec_backend_entry

static enum fault fault; /* set when the plugin is loaded */
static bool adopted;     /* this process is the child of one that opened sessions */
static struct vordec_backend table;
static void *volatile kept_for_ever;

/* ---- loading and devices ---- */

static void *idle(void *ctx) {
  pause();
  return ctx;
}

static void *some_interface(void) {
  return &table;
}

static const void *full_interfaces(const char *name) {
  (void)name;
  return some_interface();
}

struct tampering {
  vordec_device_sink sink;
  void *ctx;
  int times;
};

static void tamper_device(void *ctx, const struct vordec_device *device) {
  const struct tampering *tampering = ctx;
  struct vordec_device changed = *device;
  if (fault == CLAIMS_GPU) changed.type = VORDEC_DEVICE_DISCRETE;
  if (fault == BREAKS_PROMISE) changed.capabilities |= VORDEC_CAP_TIMESTAMPS;
  if (fault == COLOURS_NAME) snprintf(changed.name, sizeof changed.name, "\x1b[1mCard");
  if (fault == FICKLE_PROBE && tampering->times % 2 == 0) changed.name[0] = '?';
  tampering->sink(tampering->ctx, &changed);
}

static enum vordec_status hostile_probe(const struct vordec_host *host, vordec_device_sink sink, void *sink_ctx,
                                        struct vordec_error *error) {
  static int times;
  struct tampering tampering = {sink, sink_ctx, ++times};
  if (fault == HANG_IN_PROBE) pause();
  if (fault == LEAK_IN_PROBE) kept_for_ever = host->allocate(host->ctx, 16, 100);
  return probe(host, tamper_device, &tampering, error);
}

static enum vordec_status hostile_open(const struct vordec_host *host, const struct vordec_session_desc *desc,
                                       struct vordec_session **session, struct vordec_error *error) {
  struct vordec_session_desc changed = *desc;
  if (fault == OPENS_ANYTHING) changed.device_index = 0;
  if (fault == PRINTS) printf("opening a session\n");
  if (fault == LOGS_LINES) host->log(host->ctx, VORDEC_LOG_INFO, "one line\nand another");
  const enum vordec_status status = open_session(host, &changed, session, error);
  if (status == VORDEC_E_NO_MEMORY && fault == SAYS_DEVICE_MEMORY) error->reason = VORDEC_REASON_MEMORY;
  if (fault == SILENT_ERROR && status) memset(error, 0, sizeof *error);
  return status;
}

static void hostile_close(struct vordec_session *session) {
  if (fault != LEAKS_SESSION) close_session(session);
}

/* ---- plans ---- */

static enum vordec_status hostile_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                              struct vordec_plan **plan, struct vordec_plan_info *info,
                                              struct vordec_error *error) {
  struct vordec_plan_desc changed = *desc;
  const struct vordec_host *host = session->host;
  if (fault == EXIT_IN_PLAN) _exit(3);
  if (fault == LEAKS_UNSEEN) memset(kept_for_ever = malloc(200000), 1, 200000);
  if (fault == ONE_ROUND_LESS && changed.majority_iters > 2) changed.majority_iters--;
  if (fault == TAKES_ANY_WINDOW && changed.smooth_kernel > VORDEC_SMOOTH_TRIANGLE) {
    changed.smooth_kernel = VORDEC_SMOOTH_BOX;
  }
  if (fault == ALWAYS_SUPPORT) changed.gate = VORDEC_GATE_SUPPORT;
  void *kept = fault == LEAKS_FAILED_PLAN ? host->allocate(host->ctx, 16, 64) : NULL;
  enum vordec_status status = plan_create(session, &changed, plan, info, error);
  if (!status && kept) host->release(host->ctx, kept);
  if (!status && fault == INFINITE_WARMUP) info->warmup_ms = INFINITY;
  if (!status && fault == CLAIMS_ANY_FFT && strcmp(desc->fft, "auto") != 0) {
    snprintf(info->fft, sizeof info->fft, "%s", desc->fft);
  }
  if (status == VORDEC_E_NO_MEMORY && fault == SAYS_DEVICE_MEMORY) error->reason = VORDEC_REASON_MEMORY;
  if (status == VORDEC_E_NO_MEMORY && fault == FAILED_FOR_MEMORY) {
    return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "something went wrong");
  }
  return status;
}

/* A plan with room for bands, which are the suite's own reference. */
static enum vordec_status residual_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                               const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                               struct vordec_plan_info *info, struct vordec_error *error) {
  struct vordec_plan_desc changed = *desc;
  changed.residuals = setup->bands;
  const struct vordec_host *host = session->host;
  enum vordec_status status = hostile_plan_create(session, &changed, plan, info, error);
  if (status) return status;
  void *scratch = host->allocate(host->ctx, 16, 64); /* so that something can be wanting when the plan is there */
  if (!scratch) {
    if (fault != BAND_LEAKS_PLAN) plan_destroy(*plan);
    *plan = NULL;
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for bands");
  }
  host->release(host->ctx, scratch);
  if (!stub_residual_enter(*plan, &(*plan)->desc, setup)) abort();
  return status;
}

static enum vordec_status residual_prepare(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                           struct vordec_error *error) {
  (void)error;
  if (fault == MEMORY_IN_PREPARE) plan->host->release(plan->host->ctx, plan->host->allocate(plan->host->ctx, 16, 8));
  stub_residual_prepare(plan, job);
  return VORDEC_OK;
}

/* A plan whose fields others see. */
static enum vordec_status export_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                             const struct vordec_export_setup *setup, struct vordec_plan **plan,
                                             struct vordec_plan_info *info, struct vordec_error *error) {
  (void)setup;
  const enum vordec_status status = hostile_plan_create(session, desc, plan, info, error);
  if (status || stub_export_enter(*plan, session->host, &(*plan)->desc, fault)) return status;
  plan_destroy(*plan);
  *plan = NULL;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for states");
}

static void hostile_plan_destroy(struct vordec_plan *plan) {
  stub_export_leave(plan);
  stub_residual_leave(plan);
  if (fault == LEAKS_PLAN && plan) return;
  plan_destroy(plan);
}

/* ---- rollouts ---- */

struct vordec_backend_rollout {
  const struct vordec_host *host;
  uint32_t d, states;
  double *a, *z, *last, *next; /* d x d, states x d, states x d, d; `last`: z before the last call that took steps */
  bool deterministic;
  double *trail;       /* room x states x d */
  uint32_t room, kept; /* rows; kept 0: z is all that is held */
};

static enum vordec_status rollout_create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                         struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  const size_t d = setup->d, values = vordec_setup_states(setup) * d;
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "direct computes in fp64 only");
  }
  struct vordec_backend_rollout *made = take(host, 1, sizeof *made);
  double *store = take(host, d * d + 2 * values + d, sizeof *store);
  if (!made || !store) {
    if (fault != LEAKS_ROLLOUT) host->release(host->ctx, made);
    host->release(host->ctx, store);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a rollout");
  }
  *made = (struct vordec_backend_rollout){
      .host = host,
      .d = setup->d,
      .states = vordec_setup_states(setup),
      .a = store,
      .z = store + d * d,
      .last = store + d * d + values,
      .next = store + d * d + 2 * values,
      .deterministic = setup->deterministic,
  };
  memcpy(made->a, setup->a, d * d * sizeof(double));
  memcpy(made->z, setup->z0, values * sizeof(double));
  memcpy(made->last, setup->z0, values * sizeof(double));
  *rollout = made;
  return VORDEC_OK;
}

static void rollout_destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  const struct vordec_host *host = rollout->host;
  host->release(host->ctx, rollout->trail);
  host->release(host->ctx, rollout->a);
  host->release(host->ctx, rollout);
}

static void step(struct vordec_backend_rollout *rollout, uint32_t state) {
  const size_t d = rollout->d;
  double *z = rollout->z + state * d;
  const bool backwards = fault == SUMS_BACKWARDS && rollout->deterministic;
  for (size_t j = 0; j < d; j++) {
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
      const size_t i = backwards ? d - 1 - k : k;
      sum += z[i] * (fault == ROLLS_TRANSPOSED ? rollout->a[j * d + i] : rollout->a[i * d + j]);
    }
    rollout->next[j] = sum;
  }
  if (fault == STATES_SHOW && state > 0) rollout->next[0] *= 1.0 + 1e-15;
  memcpy(z, rollout->next, d * sizeof(double));
}

static enum vordec_status advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error;
  const double start = milliseconds(rollout->host);
  struct vordec_device device;
  describe_device(&device);
  memcpy(rollout->last, rollout->z, rollout->states * rollout->d * sizeof(double));
  if (fault != TRAIL_STAYS) rollout->kept = 0;
  for (uint32_t i = 0; i < steps * rollout->states; i++) step(rollout, i % rollout->states);
  if (fault == SPLIT_SHOWS && steps > 1) rollout->z[0] *= 1.0 + 1e-15;
  const uint64_t counted = fault == ROLLS_UNCOUNTED ? 0 : steps;
  result->evidence =
      (struct vordec_evidence){.type = device.type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(result->evidence.name, device.name, sizeof device.name);
  memcpy(result->evidence.driver, device.driver, sizeof device.driver);
  do result->device_ms = milliseconds(rollout->host) - start;
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}

static enum vordec_status reserve(struct vordec_backend_rollout *rollout, uint32_t rows, struct vordec_error *error) {
  const struct vordec_host *host = rollout->host;
  if (rows > rollout->room) {
    double *trail = take(host, (size_t)rows * rollout->states * rollout->d, sizeof *trail);
    void *more = take(host, 1, 64); /* so that there is something to keep */
    if (!trail || !more) {
      if (fault != LEAKS_TRAIL) host->release(host->ctx, trail);
      host->release(host->ctx, more);
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for rows");
    }
    host->release(host->ctx, more);
    host->release(host->ctx, rollout->trail);
    rollout->trail = trail;
    rollout->room = rows;
  }
  rollout->kept = 0;
  return VORDEC_OK;
}

static enum vordec_status walk(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                               struct vordec_rollout_result *result, struct vordec_error *error) {
  const struct vordec_host *host = rollout->host;
  const size_t values = (size_t)rollout->states * rollout->d;
  double ms = 0.0;
  for (uint32_t row = 0; row < rows; row++) {
    advance(rollout, steps, result, error);
    ms += result->device_ms;
    for (uint32_t i = fault == TRAIL_KEEPS_LAST ? 0 : row; i <= row; i++) {
      memcpy(rollout->trail + i * values, rollout->z, values * sizeof(double));
    }
  }
  if (fault == MEMORY_IN_WALK) host->release(host->ctx, host->allocate(host->ctx, 16, 8));
  rollout->kept = rows;
  result->device_ms = ms;
  if (fault != WALK_UNCOUNTED) result->evidence.dispatches_recorded *= rows;
  if (fault != WALK_UNCOUNTED) result->evidence.dispatches_completed *= rows;
  return VORDEC_OK;
}

static enum vordec_status read_held(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z,
                                    struct vordec_error *error) {
  (void)error;
  const double *held = rollout->kept ? rollout->trail : rollout->z;
  memcpy(z, held + (size_t)first * rollout->d, (size_t)count * rollout->d * sizeof(double));
  return VORDEC_OK;
}

static enum vordec_status read_state(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  (void)error;
  const uint32_t states = fault == READS_ONE ? 1 : rollout->states;
  memcpy(z, rollout->z, states * rollout->d * sizeof(double));
  return VORDEC_OK;
}

static enum vordec_status check_state(const struct vordec_plan_desc *desc, const double *z,
                                      struct vordec_error *error) {
  const double most = vordec_coefficient_max(desc);
  for (uint32_t i = 0; i < desc->d && fault != DECODES_ANYTHING; i++) {
    const bool energy = i == 2 * desc->m + 1 || i == 2 * desc->m + 2;
    if (fabs(z[i]) <= most || (energy && fault == BAND_ANY_ENERGY)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "entry %u of the state (%s) is %g", i,
                       vordec_entry_name(desc->m, i), z[i]);
  }
  return VORDEC_OK;
}

/* ---- decodes ---- */

/* Wrong from the start: what is decoded is not what was handed over. */
static void spoil_state(const struct vordec_plan *plan, double *z) {
  const uint32_t n = plan->desc.n, m = plan->desc.m;
  double *k = &z[2 * m + 3];
  if (fault == ROUNDS_K_UP) *k = ceil(*k);
  for (uint32_t i = 0; i < m && fault == NO_NYQUIST; i++) {
    if (2 * (plan->low[i] / n) == n || 2 * (plan->low[i] % n) == n) z[i] = z[m + i] = 0.0;
  }
  if (fault == FORGETS_LONE && m == 1 && 2 * (plan->low[0] % n) > n) z[0] = z[m] = 0.0;
}

static void spoil_fields(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  static int times;
  const size_t cells = (size_t)plan->desc.n * plan->desc.n, all = job->count * cells;
  double *lp = job->omega_lp;
  times++;
  if (job->mask && fault == FORGETS_MASK) job->mask[all - 1] = 7;
  if (job->mask && job->scalars && fault == SEES_DUST && job->scalars[0].residual_absmax < 1e-13) job->mask[0] = 1;
  if (!lp) return;
  if (fault == WRITES_PAST) lp[all] = 1.0;
  if (fault == WRITES_BEFORE) lp[-1] = 1.0;
  if (fault == LEAVES_NAN) lp[all - 1] = NAN;
  for (size_t i = 0; i < all; i++) {
    if (fault == OFF_BY_A_LITTLE) lp[i] += 1e-9;
    if (fault == BATCH_SHOWS && job->count > 2) lp[i] *= 1.0 + 1e-15;
    if (fault == TIME_SHOWS && times % 3 == 0) lp[i] *= 1.0 + 1e-15;
  }
  if (fault == CHILD_SHOWS && adopted) lp[0] *= 1.0 + 1e-15;
  while (fault == HANG_IN_CHILD && adopted) pause();
  for (size_t i = (size_t)getpid() % cells; fault == PROCESS_SHOWS && i < all; i += cells) lp[i] *= 1.0 + 1e-15;
}

static void spoil_evidence(struct vordec_evidence *evidence, double *stage_ms) {
  if (fault == COUNTS_NOTHING) evidence->dispatches_recorded = evidence->dispatches_completed = 0;
  if (fault == LOST_DISPATCH) evidence->dispatches_completed--;
  if (fault == OTHER_DEVICE) evidence->uuid[3] = 1;
  if (fault == TOO_LONG_STAGES) stage_ms[VORDEC_STAGE_MASK] = 1e6;
}

static void spoil_scalars(const struct vordec_decode_job *job) {
  for (uint32_t i = 0; i < job->count && job->scalars; i++) {
    if (fault == WRONG_ENERGY) job->scalars[i].energy_lp *= 2.0;
    if (fault == HIDES_OVERFLOW) job->scalars[i].residual_absmax = 1.0;
    if (fault == HIDES_OVERFLOW) job->scalars[i].enstrophy_lp = 1.0;
  }
}

/* Where the state lies that a job takes from its rollout. */
static const double *rolled_out(const struct vordec_decode_job *job) {
  const struct vordec_backend_rollout *rollout = job->rollout;
  const size_t skip = fault == DECODES_THE_FIRST ? 0 : (size_t)vordec_job_state(job) * rollout->d;
  if (rollout->kept) return rollout->trail + skip;
  return (fault == DECODES_THE_LAST ? rollout->last : rollout->z) + skip;
}

/* The states of a job, as they are now; the caller frees them. */
static enum vordec_status copy_states(const struct vordec_plan *plan, const struct vordec_decode_job *job, double **z,
                                      struct vordec_error *error) {
  const size_t values = (size_t)job->count * plan->desc.d;
  *z = malloc(values * sizeof **z);
  if (!*z) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for the states");
  memcpy(*z, job->rollout ? rolled_out(job) : job->z, values * sizeof **z);
  for (size_t i = plan->desc.d; i < values && job->rollout && fault == TRAIL_REPEATS; i++)
    (*z)[i] = (*z)[i - plan->desc.d];
  return VORDEC_OK;
}

/* The fields of the last decode that was asked for omega_hat, for comparers. */
static struct {
  const struct vordec_plan *plan;
  double *lp, *hat;
} made;

static void remember(struct vordec_plan *plan, const struct vordec_decode_job *job) {
  if (job->count != 1 || !(job->outputs & VORDEC_OMEGA_HAT)) return;
  const size_t bytes = (size_t)plan->desc.n * plan->desc.n * sizeof(double);
  struct vordec_decode_job again = *job;
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error;
  double *lp = realloc(made.lp, bytes), *hat = realloc(made.hat, bytes);
  if (!lp || !hat) abort();
  made.plan = plan;
  again.outputs = VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT;
  again.omega_lp = made.lp = lp;
  again.omega_hat = made.hat = hat;
  decode(plan, &again, &result, &error);
}

/* Decodes states that are this plugin's own copy. */
static enum vordec_status decode_states(struct vordec_plan *plan, const struct vordec_decode_job *job, double *z,
                                        struct vordec_decode_result *result, struct vordec_error *error) {
  struct vordec_decode_job copied = *job;
  const uint32_t checked = !job->rollout ? 0 : fault == TRAIL_CHECKS_FIRST ? 1 : job->count;
  enum vordec_status status = VORDEC_OK;
  for (uint32_t i = 0; i < checked && !status; i++) status = check_state(&plan->desc, z + i * plan->desc.d, error);
  if (status) return status;
  copied.z = z;
  for (uint32_t i = 0; i < job->count; i++) spoil_state(plan, z + (size_t)i * plan->desc.d);
  double *bands = stub_residual_attach(plan, fault, &copied);
  status = decode(plan, &copied, result, error);
  if (!status) remember(plan, &copied);
  free(bands);
  spoil_fields(plan, job);
  spoil_scalars(job);
  spoil_evidence(&result->evidence, result->stage_ms);
  return status;
}

static enum vordec_status decode_in_place(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                          struct vordec_decode_result *result, struct vordec_error *error) {
  double *z = NULL;
  enum vordec_status status = copy_states(plan, job, &z, error);
  if (status) return status;
  if (fault == ABORT_IN_DECODE) abort();
  if (fault == HANG_IN_DECODE) pause();
  if (fault == WRITES_INPUT) *(double *)(uintptr_t)job->z = 0.0;
  if (fault == READS_PAST) z[0] += 0.0 * *(const volatile double *)(job->z + (size_t)job->count * plan->desc.d);
  if (fault == MEMORY_IN_DECODE) plan->host->release(plan->host->ctx, plan->host->allocate(plan->host->ctx, 16, 8));
  status = decode_states(plan, job, z, result, error);
  free(z);
  return status;
}

static enum vordec_status hostile_decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                         struct vordec_decode_result *result, struct vordec_error *error) {
  struct vordec_decode_job aimed = *job;
  const enum vordec_status status = stub_export_aim(plan, &aimed, error);
  const enum vordec_status decoded = decode_in_place(plan, &aimed, result, error);
  stub_export_spoil(plan, &aimed);
  const bool stays = job->outputs && !job->omega_lp && !job->mask && !job->omega_hat && !job->scalars;
  if (stays && fault == EXPORT_UNCOUNTED) result->evidence.dispatches_recorded = 0;
  return status ? status : decoded;
}

/* ---- bandwidth ---- */

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  (void)session;
  (void)error;
  *result = (struct vordec_bandwidth_result){.struct_size = sizeof *result, .bytes = bytes, .seconds = 1e-9};
  if (fault == FILLS_NO_BYTE) result->bytes = 0;
  if (fault == FILLS_FOR_LONG) result->seconds = 1000.0;
  return VORDEC_OK;
}

/* ---- streams: all is done in wait() ---- */

/* The jobs under way; streams are used by one thread. */
static struct flight {
  struct vordec_plan *plan; /* NULL: free */
  struct vordec_decode_job job;
  const struct vordec_decode_job *theirs;
  double *z;
} flights[4];

static struct flight *find_flight(const struct vordec_plan *plan) {
  for (size_t i = 0; i < sizeof flights / sizeof *flights; i++) {
    if (flights[i].plan == plan) return &flights[i];
  }
  return NULL;
}

static enum vordec_status submit(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_error *error) {
  struct flight *flight = find_flight(plan) ? NULL : find_flight(NULL);
  if (!flight) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "the plan has a job under way");
  const enum vordec_status status =
      stub_export_is(plan) ? VORDEC_OK : copy_states(plan, job, &flight->z, error); /* of these wait() takes them */
  if (status) return status;
  if (fault == MEMORY_IN_SUBMIT) plan->host->release(plan->host->ctx, plan->host->allocate(plan->host->ctx, 16, 8));
  flight->plan = plan;
  flight->job = *job;
  flight->theirs = job;
  return VORDEC_OK;
}

/* Whether a field lies in memory that was lent; set by host_alloc(), never reset. */
static unsigned char *lent_begin, *lent_end;

static void spoil_job(const struct vordec_plan *plan, const struct vordec_decode_job *job,
                      struct vordec_decode_result *result) {
  const size_t cells = (size_t)plan->desc.n * plan->desc.n * job->count;
  double *lp = job->omega_lp;
  if (fault == STREAM_SHOWS && lp) lp[0] *= 1.0 + 1e-15;
  if (fault == WAITS_UNCOUNTED) result->evidence.dispatches_recorded = result->evidence.dispatches_completed = 0;
  if (fault == WRITES_LENT && (unsigned char *)lp >= lent_begin && (unsigned char *)lp < lent_end) lp[cells] = 0.0;
}

static enum vordec_status wait_for_job(struct vordec_plan *plan, struct vordec_decode_result *result,
                                       struct vordec_error *error) {
  struct flight *flight = find_flight(plan);
  if (!flight) return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "no job is under way");
  const struct vordec_decode_job job = fault == KEEPS_JOB ? *flight->theirs : flight->job;
  if (fault == ROLLS_ON && job.rollout) memcpy(flight->z, rolled_out(&job), plan->desc.d * sizeof(double));
  const enum vordec_status status = stub_export_is(plan) ? hostile_decode(plan, &job, result, error)
                                                         : decode_states(plan, &job, flight->z, result, error);
  if (!status) spoil_job(plan, &job, result);
  if (status && fault == FAILED_STAYS) return status;
  free(flight->z);
  *flight = (struct flight){.plan = NULL};
  return status;
}

static enum vordec_status host_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  unsigned char *block = bytes < SIZE_MAX - 64 ? host->allocate(host->ctx, 64, bytes + 64) : NULL;
  if (!block && fault == LENDS_NOTHING) return VORDEC_OK;
  if (!block) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory to lend");
  memset(block, 0, bytes + 64);
  lent_begin = block;
  lent_end = block + bytes;
  if (fault == LENDS_DIRTY) block[bytes - 1] = 1;
  *memory = fault == LENDS_ASKEW ? block + 8 : block;
  return VORDEC_OK;
}

static void host_free(struct vordec_session *session, void *memory) {
  if (fault == FREES_NULL) *(volatile unsigned char *)memory = 0;
  if (fault == LENDS_AND_LEAKS) return;
  unsigned char *block = memory;
  if (fault == LENDS_ASKEW && block) block -= 8;
  session->host->release(session->host->ctx, block);
}

static enum vordec_status copy_over(struct vordec_session *session, uint64_t bytes,
                                    struct vordec_bandwidth_result *result, struct vordec_error *error) {
  const enum vordec_status status = fill(session, bytes, result, error);
  if (fault == LINK_FOR_LONG) result->seconds = 1000.0;
  return status;
}

/* ---- forks ---- */

/* Nothing here has a thread, so that there is nothing to do. */
static enum vordec_status adopt(struct vordec_session *session, struct vordec_error *error) {
  (void)session;
  adopted = true;
  return fault == REFUSES_CHILD ? vordec_fail(error, VORDEC_E_FAILED, 0, "not in this process") : VORDEC_OK;
}

static enum vordec_status flow_create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                      struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  return stub_flow_create(&place, setup, simulation, info, error);
}

/* ---- shelves ---- */

static void copy_member(void *ctx, uint32_t member, double *to) {
  struct vordec_error error;
  stub_flow_get(ctx, member, to, &error);
}

static void copy_state(void *ctx, uint32_t state, double *to) {
  const struct vordec_backend_rollout *rollout = ctx;
  memcpy(to, rollout->z + (size_t)state * rollout->d, rollout->d * sizeof *to);
}

static enum vordec_status shelf_create(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                                       struct vordec_shelf **shelf, struct vordec_error *error) {
  struct stub_shelf_source source = {.host = session->host, .fault = fault};
  if (setup->simulation) {
    source.ctx = setup->simulation;
    source.count = stub_flow_members(setup->simulation);
    source.values = stub_flow_cells(setup->simulation);
    source.copy = copy_member;
  } else {
    source.ctx = setup->rollout;
    source.count = setup->rollout->states;
    source.values = setup->rollout->d;
    source.copy = copy_state;
  }
  return stub_shelf_create(&source, shelf, error);
}

static enum vordec_status encode_create(struct vordec_session *session, const struct vordec_encode_setup *setup,
                                        struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                        struct vordec_error *error) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  return stub_encode_create(&place, setup, encoder, info, error);
}

static enum vordec_status adjoint_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                         struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                         struct vordec_error *error) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  return stub_adjoint_create(&place, desc, adjoint, info, error);
}

static enum vordec_status adjoint_shared_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                                struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                                struct vordec_error *error) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  return stub_adjoint_shared_create(&place, desc, adjoint, info, error);
}

static enum vordec_status compare_create(struct vordec_session *session, const struct vordec_compare_setup *setup,
                                         struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                                         struct vordec_error *error) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  snprintf(info->fft, sizeof info->fft, "%s", ffts[0]);
  info->warmup_ms = 0.0;
  return stub_compare_create(&place, setup, comparer, error);
}

static enum vordec_status compare(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                  struct vordec_compare_result *result, struct vordec_error *error) {
  (void)error;
  const bool hat = job->output == VORDEC_OMEGA_HAT && fault != COMPARES_LP;
  if (job->plan && job->plan != made.plan) abort();
  return stub_compare(comparer, job, !job->plan ? NULL : hat ? made.hat : made.lp, result);
}

static const void *hostile_interface(const char *name) {
  static const struct vordec_rollout_interface rolls = {
      .struct_size = sizeof rolls, rollout_create, rollout_destroy, advance, read_state};
  static const struct vordec_bandwidth_interface fills = {sizeof fills, fill};
  static const struct vordec_stream_interface streams = {
      .struct_size = sizeof streams, submit, wait_for_job, host_alloc, host_free, copy_over};
  static const struct vordec_stream_interface halved = {
      .struct_size = sizeof halved, submit, wait_for_job, host_alloc, NULL, copy_over};
  static const struct vordec_simulation_interface flows = {.struct_size = sizeof flows,
                                                           .create = flow_create,
                                                           .destroy = stub_flow_destroy,
                                                           .set = stub_flow_set,
                                                           .get = stub_flow_get,
                                                           .advance = stub_flow_advance};
  static const struct vordec_encode_interface encodes = {
      .struct_size = sizeof encodes, .create = encode_create, .destroy = stub_encode_destroy, .encode = stub_encode};
  static const struct vordec_adjoint_interface adjoints = {.struct_size = sizeof adjoints,
                                                           .create = adjoint_create,
                                                           .destroy = stub_adjoint_destroy,
                                                           .run = stub_adjoint_run};
  static const struct vordec_compare_interface compares = {
      .struct_size = sizeof compares, .create = compare_create, .destroy = stub_compare_destroy, .compare = compare};
  static const struct vordec_residual_interface bands = {
      .struct_size = sizeof bands, .plan_create = residual_plan_create, .prepare = residual_prepare};
  static const struct vordec_export_interface exports = {.struct_size = sizeof exports,
                                                         .plan_create = export_plan_create,
                                                         .describe = stub_export_describe,
                                                         .memory_fd = stub_export_memory_fd,
                                                         .has_semaphore = stub_export_has_semaphore,
                                                         .semaphore_fd = stub_export_semaphore_fd,
                                                         .prepare = stub_export_prepare,
                                                         .read = stub_export_read,
                                                         .write = stub_export_write};
  static const struct vordec_shelf_interface shelves = {.struct_size = sizeof shelves,
                                                        .create = shelf_create,
                                                        .destroy = stub_shelf_destroy,
                                                        .describe = stub_shelf_describe,
                                                        .memory_fd = stub_shelf_memory_fd,
                                                        .has_semaphore = stub_shelf_has_semaphore,
                                                        .semaphore_fd = stub_shelf_semaphore_fd,
                                                        .fill = stub_shelf_fill,
                                                        .wait = stub_shelf_wait,
                                                        .read = stub_shelf_read};
  if (strcmp(name, VORDEC_SHELF_INTERFACE) == 0) return &shelves;
  if (strcmp(name, VORDEC_EXPORT_INTERFACE) == 0) return &exports;
  if (strcmp(name, VORDEC_RESIDUAL_INTERFACE) == 0) return &bands;
  if (strcmp(name, VORDEC_SIMULATE_INTERFACE) == 0) return &flows;
  if (strcmp(name, VORDEC_ENCODE_INTERFACE) == 0) return &encodes;
  if (strcmp(name, VORDEC_ADJOINT_INTERFACE) == 0) return &adjoints;
  static struct vordec_adjoint_shared_interface shared;
  shared = stub_adjoint_shared_slots;
  shared.create = adjoint_shared_create;
  if (strcmp(name, VORDEC_ADJOINT_SHARED_INTERFACE) == 0) return &shared;
  if (strcmp(name, VORDEC_COMPARE_INTERFACE) == 0) return &compares;
  if (strcmp(name, VORDEC_ROLLOUT_INTERFACE) == 0 || strcmp(name, VORDEC_ROLLOUT_BATCH_INTERFACE) == 0) return &rolls;
  static const struct vordec_trail_interface trails = {sizeof trails, reserve, walk, read_held};
  if (strcmp(name, VORDEC_TRAIL_INTERFACE) == 0) return &trails;
  if (strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0) return &fills;
  static const struct vordec_fork_interface forks = {sizeof forks, adopt};
  if (strcmp(name, VORDEC_FORK_INTERFACE) == 0) return &forks;
  if (strcmp(name, VORDEC_STREAM_INTERFACE) == 0) return fault == LENDS_FOR_EVER ? &halved : &streams;
  return NULL;
}

/* ---- the table ---- */

void stub_example_load(enum fault row) {
  fault = row;
}

const struct vordec_backend *stub_example_entry(uint32_t host_abi, const struct vordec_host *host, const char *name) {
  if (fault == CRASH_IN_ENTRY) raise(SIGSEGV);
  if (fault == MEMORY_IN_ENTRY) kept_for_ever = host->allocate(host->ctx, 16, 16);
  pthread_t thread;
  if (fault == THREAD_IN_ENTRY && pthread_create(&thread, NULL, idle, NULL) == 0) pthread_detach(thread);
  const struct vordec_backend *direct = direct_entry(fault == ANY_ABI ? VORDEC_ABI_MAJOR : host_abi, host);
  if (!direct) return NULL;
  table = *direct;
  table.name = fault == MISNAMED ? "somebody" : name;
  static const char *const loud[] = {"DIRECT", NULL};
  if (fault == SHOUTS_FFT) table.ffts = loud;
  table.probe = hostile_probe;
  table.open = hostile_open;
  table.close = hostile_close;
  table.plan_create = fault == EMPTY_SLOT ? NULL : hostile_plan_create;
  table.plan_destroy = hostile_plan_destroy;
  table.decode = hostile_decode;
  if (fault != NO_INTERFACES) table.get_interface = hostile_interface;
  if (fault == FULL_INTERFACES) table.get_interface = full_interfaces;
  if (fault == WRONG_MAJOR) table.abi_major = 2;
  if (fault == SHORT_TABLE) table.struct_size = offsetof(struct vordec_backend, decode);
  return &table;
}
