#include "check_rollout.h"

#include <stdlib.h>
#include <string.h>

#include "decoded.h"
#include "evidence.h"
#include "plugin.h"
#include "reference.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A d x d matrix without symmetry that neither grows nor shrinks states much, and a state. */
struct stepper {
  uint32_t d;
  double *a, *z0;
};

static struct stepper stepper_create(uint32_t d) {
  struct stepper made = {.d = d, .a = calloc((size_t)d * d, sizeof(double)), .z0 = calloc(d, sizeof(double))};
  if (!made.a || !made.z0) abort();
  for (size_t i = 0; i < (size_t)d * d; i++) {
    made.a[i] = (i % (d + 1) == 0 ? 0.9 : 0.0) + 0.3 / sqrt(d) * sample_draw(i);
  }
  for (uint32_t i = 0; i < d; i++) made.z0[i] = sample_draw((UINT64_C(1) << 33) + i);
  return made;
}

static void stepper_destroy(struct stepper *made) {
  free(made->a);
  free(made->z0);
}

/* NULL: refused or fell short. A refusal for want of a deterministic sum or a precision is none of the latter. */
static struct vordec_backend_rollout *create(struct kit *kit, struct vordec_session *session, const struct stepper *op,
                                             enum vordec_precision precision, bool deterministic) {
  const size_t entries = (size_t)op->d * op->d;
  struct fence a, z0;
  fence_create(&a, "A", entries * sizeof(double), FENCE_AT_END);
  fence_create(&z0, "z0", op->d * sizeof(double), FENCE_AT_END);
  memcpy(a.data, op->a, entries * sizeof(double));
  memcpy(z0.data, op->z0, op->d * sizeof(double));
  fence_seal(&a);
  fence_seal(&z0);
  const struct vordec_rollout_setup setup = {.struct_size = sizeof setup,
                                             .d = op->d,
                                             .precision = precision,
                                             .deterministic = deterministic,
                                             .a = a.data,
                                             .z0 = z0.data};
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  const enum vordec_status status = plugin_rollout(kit)->create(session, &setup, &rollout, &error);
  if (status) plugin_judge_error(kit, "rollout create", status, &error);
  if (status == VORDEC_OK && !rollout) kit_short(kit, "create() returned ok and no rollout");
  if (status && !(status == VORDEC_E_UNSUPPORTED && deterministic)) {
    kit_short(kit, "create(d = %u, %s): %s: %.300s", op->d, precision_name(precision), vordec_status_name(status),
              error.message);
  }
  fence_destroy(&a); /* they are read during create() only */
  fence_destroy(&z0);
  return rollout;
}

static bool advance(struct kit *kit, struct vordec_backend_rollout *rollout, uint32_t steps,
                    struct vordec_rollout_result *result, double *host_ms) {
  struct vordec_error error = {0};
  *result = (struct vordec_rollout_result){.struct_size = sizeof *result};
  const size_t taken = atomic_load(&kit->host.taken);
  const double start = host_now_ms();
  const enum vordec_status status = plugin_rollout(kit)->advance(rollout, steps, result, &error);
  *host_ms = host_now_ms() - start;
  if (status) {
    plugin_judge_error(kit, "advance", status, &error);
    kit_short(kit, "advance(%u): %s: %.300s", steps, vordec_status_name(status), error.message);
  } else if (atomic_load(&kit->host.taken) != taken) {
    kit_short(kit, "advance() takes memory from the host");
  }
  return status == VORDEC_OK;
}

static bool read_state(struct kit *kit, struct vordec_backend_rollout *rollout, uint32_t d, double *z) {
  struct fence fence;
  struct vordec_error error = {0};
  fence_create(&fence, "z (read)", d * sizeof *z, kit->decodes++ % 2 ? FENCE_AT_START : FENCE_AT_END);
  const enum vordec_status status = plugin_rollout(kit)->read(rollout, fence.data, &error);
  memcpy(z, fence.data, d * sizeof *z);
  if (status) kit_short(kit, "read(): %s: %.300s", vordec_status_name(status), error.message);
  if (!fence_surroundings_intact(&fence)) kit_short(kit, "read() writes outside of its output");
  fence_destroy(&fence);
  return status == VORDEC_OK;
}

/* Whether the interface is there to be checked. */
static struct vordec_session *session_that_rolls(struct kit *kit) {
  struct vordec_session *session = plugin_session(kit);
  if (session && !plugin_rollout(kit))
    kit_skip(kit, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_INTERFACE);
  return session && plugin_rollout(kit) ? session : NULL;
}

static bool same_bits(const void *a, const void *b, size_t bytes) {
  return memcmp(a, b, bytes) == 0;
}

static size_t precisions(const struct kit *kit, enum vordec_precision list[2]) {
  size_t count = 0;
  if (kit->shared->device.capabilities & VORDEC_CAP_FP32) list[count++] = VORDEC_FP32;
  if (kit->shared->device.capabilities & VORDEC_CAP_FP64) list[count++] = VORDEC_FP64;
  return count;
}

/* ---- steps ---- */

/* The rounding of a step and of those before it, in units of the state's size. */
static double step_tolerance(enum vordec_precision precision, uint32_t d, uint32_t steps) {
  return (precision == VORDEC_FP64 ? 2.3e-16 : 1.2e-7) * (4.0 + sqrt(d)) * steps;
}

static void judge_state(struct kit *kit, const double *z, const double *expected, uint32_t d, double tolerance,
                        const char *where) {
  double off = 0.0, size = 0.0;
  for (uint32_t i = 0; i < d; i++) {
    off += (z[i] - expected[i]) * (z[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  if (sqrt(off) <= tolerance * sqrt(size)) return;
  kit_short(kit, "%s: the state is off by %.3g of its size; allowed %.1g", where, sqrt(off / size), tolerance);
}

static void judge_steps(struct kit *kit, struct vordec_session *session, uint32_t d, enum vordec_precision precision) {
  static const uint32_t strides[] = {1, 3, 1, 12};
  struct stepper op = stepper_create(d);
  struct vordec_backend_rollout *rollout = create(kit, session, &op, precision, false);
  double *expected = calloc(d, sizeof *expected), *z = calloc(d, sizeof *z);
  if (!expected || !z) abort();
  memcpy(expected, op.z0, d * sizeof *expected);
  for (size_t i = 0, steps = 0; rollout && i < COUNT(strides) && !kit_fell_short(kit); i++) {
    struct vordec_rollout_result result;
    double host_ms;
    char where[80];
    if (!advance(kit, rollout, strides[i], &result, &host_ms) || !read_state(kit, rollout, d, z)) break;
    for (uint32_t step = 0; step < strides[i]; step++) reference_step(d, op.a, expected, VORDEC_FP64, false);
    steps += strides[i];
    snprintf(where, sizeof where, "d = %u, %s, after %zu steps", d, precision_name(precision), steps);
    judge_state(kit, z, expected, d, step_tolerance(precision, d, (uint32_t)steps + 1), where);
  }
  plugin_rollout(kit)->destroy(rollout);
  free(expected);
  free(z);
  stepper_destroy(&op);
}

void check_rollout_steps(struct kit *kit) {
  static const uint32_t lengths[] = {14, 63, 257, 1, 5, 128, 654};
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  const size_t count = precisions(kit, list);
  for (size_t p = 0; p < count; p++) {
    for (size_t i = 0; i < (kit->options->quick ? 3 : COUNT(lengths)) && !kit_fell_short(kit); i++) {
      judge_steps(kit, session, lengths[i], list[p]);
    }
  }
}

/* Sums in order have one result; whoever cannot make them says so. */
void check_rollout_deterministic(struct kit *kit) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  const size_t count = precisions(kit, list);
  size_t refused = 0;
  for (size_t p = 0; p < count && !kit_fell_short(kit); p++) {
    struct stepper op = stepper_create(77);
    struct vordec_backend_rollout *rollout = create(kit, session, &op, list[p], true);
    double *expected = calloc(op.d, sizeof *expected), *z = calloc(op.d, sizeof *z), host_ms;
    struct vordec_rollout_result result;
    if (!expected || !z) abort();
    refused += !rollout;
    for (uint32_t i = 0; i < op.d; i++) expected[i] = list[p] == VORDEC_FP64 ? op.z0[i] : (double)(float)op.z0[i];
    for (int step = 0; step < 9; step++) reference_step(op.d, op.a, expected, list[p], true);
    if (rollout && advance(kit, rollout, 9, &result, &host_ms) && read_state(kit, rollout, op.d, z) &&
        !same_bits(z, expected, op.d * sizeof *z)) {
      kit_short(kit, "%s: 9 deterministic steps do not have the bits of sums in order", precision_name(list[p]));
    }
    plugin_rollout(kit)->destroy(rollout);
    free(expected);
    free(z);
    stepper_destroy(&op);
  }
  if (refused == count) kit_note(kit, "refused: it has no deterministic sum");
}

/* Twelve steps at once and one by one. */
void check_rollout_splits(struct kit *kit) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  const size_t count = precisions(kit, list);
  for (size_t p = 0; p < count && !kit_fell_short(kit); p++) {
    struct stepper op = stepper_create(90);
    struct vordec_backend_rollout *whole = create(kit, session, &op, list[p], false);
    struct vordec_backend_rollout *split = create(kit, session, &op, list[p], false);
    double a[90], b[90], host_ms;
    struct vordec_rollout_result result;
    bool fine = whole && split && advance(kit, whole, 12, &result, &host_ms);
    for (int i = 0; i < 12 && fine; i++) fine = advance(kit, split, 1, &result, &host_ms);
    fine = fine && read_state(kit, whole, op.d, a) && read_state(kit, split, op.d, b);
    if (fine && !same_bits(a, b, sizeof a)) {
      kit_short(kit, "%s: 12 steps at once and 12 single steps end in other bits", precision_name(list[p]));
    }
    plugin_rollout(kit)->destroy(whole);
    plugin_rollout(kit)->destroy(split);
    stepper_destroy(&op);
  }
  plugin_rollout(kit)->destroy(NULL);
}

/* ---- with decodes ---- */

/* A decode takes the state from where it is, and has the bits of a decode of what read() hands out. */
void check_rollout_decode(struct kit *kit) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  const size_t count = precisions(kit, list);
  for (size_t p = 0; p < count && !kit_fell_short(kit); p++) {
    struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 5}, 0, 1);
    struct stepper op = stepper_create(sample.d);
    memcpy(op.z0, sample.z, sample.d * sizeof *op.z0);
    const struct vordec_plan_desc desc = sample_plan(&sample, 2, list[p], "auto");
    struct vordec_backend_rollout *rollout = create(kit, session, &op, list[p], false);
    struct decode_request request = {.desc = &desc,
                                     .sample = &sample,
                                     .rollout = rollout,
                                     .outputs = ALL_OUTPUTS,
                                     .residuals = VORDEC_RESIDUAL_FIELD};
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info;
    struct decoded in_place, handed;
    struct vordec_rollout_result result;
    double host_ms;
    if (rollout && plugin_plan(kit, session, &desc, &plan, &info) == VORDEC_OK &&
        advance(kit, rollout, 2, &result, &host_ms) && decoded_make(kit, plan, &request, &in_place)) {
      request.rollout = NULL;
      if (read_state(kit, rollout, sample.d, sample.z) && decoded_make(kit, plan, &request, &handed)) {
        verdict_decode(kit, &request, &in_place, "(decoded in place)");
        handed.scalars = NULL; /* sums of their own where the state stays on a device: compared above */
        if (!decoded_same(&in_place, 0, &handed, 0)) {
          kit_short(kit, "%s: a state decoded in place has other bits than when it is handed over",
                    precision_name(list[p]));
        }
        decoded_destroy(&handed);
      }
      decoded_destroy(&in_place);
    }
    if (plan) kit->backend->plan_destroy(plan);
    plugin_rollout(kit)->destroy(rollout);
    stepper_destroy(&op);
    sample_destroy(&sample);
  }
}

void check_rollout_evidence(struct kit *kit) {
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  struct stepper op = stepper_create(200);
  struct vordec_backend_rollout *rollout = create(kit, session, &op, plugin_precision(kit), false);
  for (uint32_t steps = 1; rollout && steps <= 64 && !kit_fell_short(kit); steps *= 8) {
    struct vordec_rollout_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!advance(kit, rollout, steps, &result, &host_ms)) break;
    evidence_judge_rollout(&kit->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) kit_short(kit, "advance(%u): %.400s", steps, verdict.why);
    kit_note(kit, "op_device would be \"%s\"", verdict.decode_device);
  }
  plugin_rollout(kit)->destroy(rollout);
  stepper_destroy(&op);
}

void check_rollout_without_memory(struct kit *kit) {
  struct vordec_session *session = session_that_rolls(kit);
  if (!session) return;
  struct stepper op = stepper_create(40);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = op.d, .precision = plugin_precision(kit), .a = op.a, .z0 = op.z0};
  plugin_rollout(kit)->destroy(create(kit, session, &op, setup.precision, false)); /* what is kept now is there */
  size_t number = 0;
  for (bool refused = true; refused && !kit_fell_short(kit);) {
    struct vordec_backend_rollout *rollout = NULL;
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&kit->host.blocks);
    host_refuse(&kit->host, ++number, true);
    const enum vordec_status status = plugin_rollout(kit)->create(session, &setup, &rollout, &error);
    refused = atomic_load(&kit->host.refused) > 0;
    host_refuse(&kit->host, 0, false);
    if (status == VORDEC_OK) {
      plugin_rollout(kit)->destroy(rollout);
    } else if (status != VORDEC_E_NO_MEMORY) {
      kit_short(kit, "without allocation %zu, create() says %s instead of no-memory", number,
                vordec_status_name(status));
    }
    if (atomic_load(&kit->host.blocks) > blocks) kit_short(kit, "a failed create() leaves memory behind");
  }
  kit_note(kit, "%zu allocations refused in turn", number - 1);
  stepper_destroy(&op);
}
