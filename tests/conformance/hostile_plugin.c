/*
 * The example backend with one thing wrong, FAULT, which the conformance suite must find. Compiled once for each.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <vordec/backend.h>

static const struct vordec_backend *direct_entry(uint32_t host_abi, const struct vordec_host *host);
#define vordec_backend_entry direct_entry
#include "../../examples/plugin/direct.c"
#undef vordec_backend_entry

enum fault {
  NOTHING,
  /* loading */
  CRASH_IN_ENTRY,
  THREAD_IN_ENTRY,
  MEMORY_IN_ENTRY,
  ANY_ABI,
  WRONG_MAJOR,
  SHORT_TABLE,
  WRONG_NAME,
  EMPTY_SLOT,
  FULL_INTERFACES,
  /* devices */
  HANG_IN_PROBE,
  FICKLE_PROBE,
  LEAK_IN_PROBE,
  OPENS_ANYTHING,
  SILENT_ERROR,
  LEAKS_SESSION,
  CLAIMS_GPU,
  /* plans */
  EXIT_IN_PLAN,
  CLAIMS_ANY_FFT,
  FAILED_FOR_MEMORY,
  LEAKS_FAILED_PLAN,
  LEAKS_PLAN,
  LEAKS_UNSEEN,
  /* decodes */
  ABORT_IN_DECODE,
  HANG_IN_DECODE,
  WRITES_PAST,
  WRITES_BEFORE,
  WRITES_INPUT,
  READS_PAST,
  LEAVES_NAN,
  FORGETS_MASK,
  OFF_BY_A_LITTLE,
  ONE_ROUND_LESS,
  ROUNDS_K_UP,
  ALWAYS_SUPPORT,
  NO_NYQUIST,
  BATCH_SHOWS,
  TIME_SHOWS,
  PROCESS_SHOWS,
  WRONG_ENERGY,
  HIDES_OVERFLOW,
  MEMORY_IN_DECODE,
  NO_DISPATCH,
  LOST_DISPATCH,
  TOO_LONG_STAGES,
  OTHER_DEVICE,
  FILLS_NOTHING,
  FILLS_TOO_LONG,
  /* manners */
  PRINTS,
  LOGS_LINES,
};

static const enum fault fault = FAULT;
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
  if (fault == SILENT_ERROR && status) memset(error, 0, sizeof *error);
  return status;
}

static void hostile_close(struct vordec_session *session) {
  if (fault != LEAKS_SESSION) close_session(session);
}

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  (void)session;
  (void)error;
  *result = (struct vordec_bandwidth_result){.struct_size = sizeof *result, .bytes = bytes, .seconds = 1e-9};
  if (fault == FILLS_NOTHING) result->bytes = 0;
  if (fault == FILLS_TOO_LONG) result->seconds = 1000.0;
  return VORDEC_OK;
}

static const void *fill_interface(const char *name) {
  static const struct vordec_bandwidth_interface filling = {sizeof filling, fill};
  return strcmp(name, VORDEC_BANDWIDTH_INTERFACE) == 0 ? &filling : NULL;
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
  if (fault == ALWAYS_SUPPORT) changed.gate = VORDEC_GATE_SUPPORT;
  void *kept = fault == LEAKS_FAILED_PLAN ? host->allocate(host->ctx, 16, 64) : NULL;
  enum vordec_status status = plan_create(session, &changed, plan, info, error);
  if (!status && kept) host->release(host->ctx, kept);
  if (!status && fault == CLAIMS_ANY_FFT && strcmp(desc->fft, "auto") != 0) {
    snprintf(info->fft, sizeof info->fft, "%s", desc->fft);
  }
  if (status == VORDEC_E_NO_MEMORY && fault == FAILED_FOR_MEMORY) {
    return vordec_fail(error, VORDEC_E_FAILED, VORDEC_REASON_NONE, "something went wrong");
  }
  return status;
}

static void hostile_plan_destroy(struct vordec_plan *plan) {
  if (fault == LEAKS_PLAN && plan) return;
  plan_destroy(plan);
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
}

static void spoil_fields(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  static int times;
  const size_t cells = (size_t)plan->desc.n * plan->desc.n, all = job->count * cells;
  double *lp = job->omega_lp;
  times++;
  if (job->mask && fault == FORGETS_MASK) job->mask[all - 1] = 7;
  if (!lp) return;
  if (fault == WRITES_PAST) lp[all] = 1.0;
  if (fault == WRITES_BEFORE) lp[-1] = 1.0;
  if (fault == LEAVES_NAN) lp[all - 1] = NAN;
  for (size_t i = 0; i < all; i++) {
    if (fault == OFF_BY_A_LITTLE) lp[i] += 1e-9;
    if (fault == BATCH_SHOWS && job->count > 2) lp[i] *= 1.0 + 1e-15;
    if (fault == TIME_SHOWS && times % 3 == 0) lp[i] *= 1.0 + 1e-15;
  }
  for (size_t i = (size_t)getpid() % cells; fault == PROCESS_SHOWS && i < all; i += cells) lp[i] *= 1.0 + 1e-15;
}

static void spoil_evidence(struct vordec_evidence *evidence, double *stage_ms) {
  if (fault == NO_DISPATCH) evidence->dispatches_recorded = evidence->dispatches_completed = 0;
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

static enum vordec_status hostile_decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                         struct vordec_decode_result *result, struct vordec_error *error) {
  const size_t values = (size_t)job->count * plan->desc.d;
  struct vordec_decode_job copied = *job;
  double *z = malloc(values * sizeof *z);
  if (!z) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  memcpy(z, job->z, values * sizeof *z);
  copied.z = z;
  for (uint32_t i = 0; i < job->count; i++) spoil_state(plan, z + (size_t)i * plan->desc.d);
  if (fault == ABORT_IN_DECODE) abort();
  if (fault == HANG_IN_DECODE) pause();
  if (fault == WRITES_INPUT) *(double *)(uintptr_t)job->z = 0.0;
  if (fault == READS_PAST) z[0] += 0.0 * *(const volatile double *)(job->z + values);
  if (fault == MEMORY_IN_DECODE) plan->host->release(plan->host->ctx, plan->host->allocate(plan->host->ctx, 16, 8));
  const enum vordec_status status = decode(plan, &copied, result, error);
  spoil_fields(plan, job);
  spoil_scalars(job);
  spoil_evidence(&result->evidence, result->stage_ms);
  free(z);
  return status;
}

/* ---- the table ---- */

#define QUOTE(x) #x
#define TEXT(x) QUOTE(x)

/* A second symbol that others can link to. */
#ifdef EXPORTS_MORE
VORDEC_PLUGIN_EXPORT int vordec_hostile_symbol(void);
int vordec_hostile_symbol(void) {
  return 1;
}
#endif

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  if (fault == CRASH_IN_ENTRY) raise(SIGSEGV);
  if (fault == MEMORY_IN_ENTRY) kept_for_ever = host->allocate(host->ctx, 16, 16);
  pthread_t thread;
  if (fault == THREAD_IN_ENTRY && pthread_create(&thread, NULL, idle, NULL) == 0) pthread_detach(thread);
  const struct vordec_backend *direct = direct_entry(fault == ANY_ABI ? VORDEC_ABI_MAJOR : host_abi, host);
  if (!direct) return NULL;
  table = *direct;
  table.name = fault == WRONG_NAME ? "somebody" : TEXT(PLUGIN_NAME);
  table.probe = hostile_probe;
  table.open = hostile_open;
  table.close = hostile_close;
  table.plan_create = fault == EMPTY_SLOT ? NULL : hostile_plan_create;
  table.plan_destroy = hostile_plan_destroy;
  table.decode = hostile_decode;
  if (fault == FILLS_NOTHING || fault == FILLS_TOO_LONG) table.get_interface = fill_interface;
  if (fault == FULL_INTERFACES) table.get_interface = full_interfaces;
  if (fault == WRONG_MAJOR) table.abi_major = 2;
  if (fault == SHORT_TABLE) table.struct_size = offsetof(struct vordec_backend, decode);
  return &table;
}
