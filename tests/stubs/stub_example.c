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
#include "stub_link.h"
#include "stub_residual.h"
#include "stub_rollout.h"
#include "stub_shelf.h"
#include "stub_spoil.h"
#include "stub_stream.h"

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

/* The states of a job, as they are now; the caller frees them. */
static enum vordec_status copy_states(const struct vordec_plan *plan, const struct vordec_decode_job *job, double **z,
                                      struct vordec_error *error) {
  const size_t values = (size_t)job->count * plan->desc.d;
  *z = malloc(values * sizeof **z);
  if (!*z) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for the states");
  memcpy(*z, job->rollout ? stub_rollout_held(job) : job->z, values * sizeof **z);
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
  for (uint32_t i = 0; i < job->count; i++) stub_spoil_state(fault, &plan->desc, z + (size_t)i * plan->desc.d);
  double *bands = stub_residual_attach(plan, fault, &copied);
  status = decode(plan, &copied, result, error);
  if (!status) remember(plan, &copied);
  free(bands);
  stub_spoil_fields(fault, adopted, plan->desc.n, job);
  stub_spoil_scalars(fault, job);
  stub_spoil_evidence(fault, &result->evidence, result->stage_ms);
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

/* ---- streams and links ---- */

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  (void)session;
  (void)error;
  stub_link_fill(fault, bytes, result);
  return VORDEC_OK;
}

static enum vordec_status copy_over(struct vordec_session *session, uint64_t bytes,
                                    struct vordec_bandwidth_result *result, struct vordec_error *error) {
  (void)session;
  (void)error;
  stub_link_copy(fault, bytes, result);
  return VORDEC_OK;
}

static enum vordec_status host_alloc(struct vordec_session *session, uint64_t bytes, void **memory,
                                     struct vordec_error *error) {
  return stub_link_alloc(session->host, fault, bytes, memory, error);
}

static void host_free(struct vordec_session *session, void *memory) {
  stub_link_free(session->host, fault, memory);
}

static struct stub_stream_work stream_work(const struct vordec_plan *plan) {
  return (struct stub_stream_work){plan->host, fault, &plan->desc, copy_states, decode_states, hostile_decode};
}

static enum vordec_status submit(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                 struct vordec_error *error) {
  const struct stub_stream_work work = stream_work(plan);
  return stub_stream_submit(&work, plan, job, error);
}

static enum vordec_status wait_for_job(struct vordec_plan *plan, struct vordec_decode_result *result,
                                       struct vordec_error *error) {
  const struct stub_stream_work work = stream_work(plan);
  return stub_stream_wait(&work, plan, result, error);
}

/* ---- forks ---- */

/* Nothing here has a thread, so that there is nothing to do. */
static enum vordec_status adopt(struct vordec_session *session, struct vordec_error *error) {
  (void)session;
  adopted = true;
  return fault == REFUSES_CHILD ? vordec_fail(error, VORDEC_E_FAILED, 0, "not in this process") : VORDEC_OK;
}

/* ---- what has files of its own ---- */

static struct stub_flow_place place_of(const struct vordec_session *session) {
  struct stub_flow_place place = {.host = session->host, .fft = ffts[0], .fault = fault};
  describe_device(&place.device);
  return place;
}

static enum vordec_status rollout_create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                         struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
  return stub_rollout_create(&place, setup, rollout, error);
}

static enum vordec_status flow_create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                      struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                      struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
  return stub_flow_create(&place, setup, simulation, info, error);
}

static void copy_member(void *ctx, uint32_t member, double *to) {
  struct vordec_error error;
  stub_flow_get(ctx, member, to, &error);
}

static void copy_state(void *ctx, uint32_t state, double *to) {
  const struct vordec_backend_rollout *rollout = ctx;
  memcpy(to, stub_rollout_state(rollout, state), stub_rollout_values(rollout) * sizeof *to);
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
    source.count = stub_rollout_states(setup->rollout);
    source.values = stub_rollout_values(setup->rollout);
    source.copy = copy_state;
  }
  return stub_shelf_create(&source, shelf, error);
}

static enum vordec_status encode_create(struct vordec_session *session, const struct vordec_encode_setup *setup,
                                        struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                        struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
  return stub_encode_create(&place, setup, encoder, info, error);
}

static enum vordec_status adjoint_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                         struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                         struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
  return stub_adjoint_create(&place, desc, adjoint, info, error);
}

static enum vordec_status adjoint_shared_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                                struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                                struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
  return stub_adjoint_shared_create(&place, desc, adjoint, info, error);
}

static enum vordec_status compare_create(struct vordec_session *session, const struct vordec_compare_setup *setup,
                                         struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                                         struct vordec_error *error) {
  const struct stub_flow_place place = place_of(session);
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
      .struct_size = sizeof rolls, rollout_create, stub_rollout_destroy, stub_rollout_advance, stub_rollout_read};
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
  static const struct vordec_trail_interface trails = {sizeof trails, stub_rollout_reserve, stub_rollout_walk,
                                                       stub_rollout_read_held};
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
