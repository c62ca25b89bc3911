/* SPDX-License-Identifier: MIT */
#include "check_shelf.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow_run.h"
#include "plugin.h"
#include "roll.h"
#include "sample.h"

#define MEMBERS 2u
#define STATES 3u

/* A source and a shelf for it. */
struct stand {
  struct suite *suite;
  const struct vordec_shelf_interface *interface;
  struct vordec_backend_simulation *simulation; /* one of the two is NULL */
  struct vordec_backend_rollout *rollout;
  uint32_t n, d, count;
  enum vordec_precision precision;
  struct vordec_shelf *shelf;
  struct vordec_exported_memory memory;
};

static struct vordec_session *session_with_shelves(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_shelf(suite)) {
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_SHELF_INTERFACE);
  }
  return session && plugin_shelf(suite) ? session : NULL;
}

static size_t values_of(const struct stand *stand) {
  return stand->simulation ? (size_t)stand->n * stand->n : stand->d;
}

static size_t real_bytes(const struct stand *stand) {
  return stand->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

static void *block(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (!memory) abort();
  return memory;
}

static bool went_well(struct stand *stand, const char *slot, enum vordec_status status,
                      const struct vordec_error *error) {
  suite_step(stand->suite);
  if (status == VORDEC_OK) return true;
  plugin_judge_error(stand->suite, slot, status, error);
  suite_short(stand->suite, "%s() says %s: %.300s", slot, vordec_status_name(status), error->message);
  return false;
}

/* ---- making ---- */

static enum vordec_status make(struct stand *stand, struct vordec_error *error) {
  const struct vordec_shelf_setup setup = {
      .struct_size = sizeof setup, .simulation = stand->simulation, .rollout = stand->rollout};
  stand->shelf = NULL;
  return stand->interface->create(stand->suite->session, &setup, &stand->shelf, error);
}

static bool describe(struct stand *stand) {
  const uint64_t each = values_of(stand) * real_bytes(stand);
  struct vordec_exported_memory *memory = &stand->memory;
  *memory = (struct vordec_exported_memory){.struct_size = sizeof *memory};
  stand->interface->describe(stand->shelf, memory);
  const uint64_t needed = memory->offset + (stand->count - 1) * memory->pitch + each;
  const bool host = memory->kind == VORDEC_MEMORY_HOST;
  if (memory->pitch >= each && memory->size >= needed && host == (memory->pointer != NULL)) return true;
  suite_short(stand->suite, "%llu bytes from %llu on, %llu each, cannot hold %u times %llu",
              (unsigned long long)memory->size, (unsigned long long)memory->offset, (unsigned long long)memory->pitch,
              stand->count, (unsigned long long)each);
  return false;
}

/* Its source is there. */
static bool open_shelf(struct stand *stand) {
  struct vordec_error error = {0};
  const enum vordec_status status = make(stand, &error);
  if (status == VORDEC_E_UNSUPPORTED && error.reason == VORDEC_REASON_NO_INTERFACE) {
    suite_skip(stand->suite, "the device shares no memory: %.300s", error.message);
    return false;
  }
  if (!went_well(stand, "create", status, &error)) return false;
  if (!stand->shelf) suite_short(stand->suite, "create() returned ok and no shelf");
  return stand->shelf && describe(stand);
}

static void stand_close(struct stand *stand) {
  if (stand->shelf) stand->interface->destroy(stand->shelf);
  if (stand->simulation) plugin_simulate(stand->suite)->destroy(stand->simulation);
  if (stand->rollout) plugin_rollout_batch(stand->suite)->destroy(stand->rollout);
}

/* Members of an odd size, each with a field of its own. */
static bool simulate(struct stand *stand, struct vordec_session *session, enum vordec_precision precision) {
  struct vordec_simulation_setup setup = flow_setup(21, precision);
  setup.members = MEMBERS;
  stand->simulation = flow_start(stand->suite, session, &setup);
  stand->n = setup.n;
  stand->count = MEMBERS;
  stand->precision = precision;
  bool set = stand->simulation != NULL;
  for (uint32_t i = 0; i < MEMBERS && set; i++) {
    double *omega = flow_field(setup.n, i);
    set = flow_set(stand->suite, stand->simulation, i, setup.n, omega);
    free(omega);
  }
  return set;
}

static bool roll(struct stand *stand, struct vordec_session *session, enum vordec_precision precision) {
  enum { D = 37 };
  struct roll op = roll_create(D);
  double z0[STATES * D];
  struct vordec_error error = {0};
  for (size_t i = 0; i < STATES * D; i++) z0[i] = sample_draw((UINT64_C(1) << 35) + i);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = D, .precision = precision, .a = op.a, .z0 = z0, .states = STATES};
  stand->d = D;
  stand->count = STATES;
  stand->precision = precision;
  const enum vordec_status status =
      plugin_rollout_batch(stand->suite)->create(session, &setup, &stand->rollout, &error);
  roll_destroy(&op);
  return went_well(stand, "create", status, &error);
}

/* ---- copies ---- */

/* What the source holds now, as doubles; the caller frees it. */
static double *read_source(struct stand *stand) {
  const size_t values = values_of(stand);
  double *held = block(stand->count * values * sizeof *held);
  struct vordec_error error = {0};
  bool read = true;
  for (uint32_t i = 0; i < stand->count && stand->simulation && read; i++) {
    read = flow_get(stand->suite, stand->simulation, i, stand->n, held + i * values);
  }
  if (stand->rollout) {
    read = went_well(stand, "read", plugin_rollout_batch(stand->suite)->read(stand->rollout, held, &error), &error);
  }
  if (read) return held;
  free(held);
  return NULL;
}

static bool go_on(struct stand *stand) {
  struct vordec_rollout_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  if (stand->simulation) return flow_steps(stand->suite, stand->simulation, 2);
  return went_well(stand, "advance", plugin_rollout_batch(stand->suite)->advance(stand->rollout, 2, &result, &error),
                   &error);
}

static bool start_copy(struct stand *stand) {
  struct vordec_error error = {0};
  const size_t taken = atomic_load(&stand->suite->host.taken);
  const enum vordec_status status = stand->interface->fill(stand->shelf, 0, 0, &error);
  if (atomic_load(&stand->suite->host.taken) != taken) {
    suite_short(stand->suite, "fill() takes memory from the host");
  }
  return went_well(stand, "fill", status, &error);
}

static bool end_copy(struct stand *stand) {
  struct vordec_error error = {0};
  return went_well(stand, "wait", stand->interface->wait(stand->shelf, &error), &error);
}

/* Fields in fp32 are rounded, states are what they are. */
static bool is_copy(const struct stand *stand, double value, double held) {
  if (!stand->simulation || stand->precision == VORDEC_FP64) return memcmp(&value, &held, sizeof value) == 0;
  return fabs(value - held) <= 0x1.00001p-24 * fabs(held) + 0x1p-149;
}

static void judge_copy(struct stand *stand, const double *held, const char *when) {
  const size_t values = values_of(stand), real = real_bytes(stand);
  unsigned char *copy = block(values * real);
  for (uint32_t i = 0; i < stand->count && !suite_fell_short(stand->suite); i++) {
    struct vordec_error error = {0};
    const enum vordec_status status =
        stand->interface->read(stand->shelf, i * stand->memory.pitch, values * real, copy, &error);
    if (!went_well(stand, "read", status, &error)) break;
    for (size_t j = 0; j < values; j++) {
      float narrow;
      double value;
      memcpy(&narrow, copy + j * sizeof narrow, real == sizeof narrow ? sizeof narrow : 0);
      if (real == sizeof narrow)
        value = (double)narrow;
      else
        memcpy(&value, copy + j * sizeof value, sizeof value);
      if (is_copy(stand, value, held[i * values + j])) continue;
      suite_short(stand->suite, "number %zu of %s %u, %s, is %.17g; it holds %.17g", j,
                  stand->simulation ? "member" : "state", i, when, value, held[i * values + j]);
      break;
    }
  }
  free(copy);
}

/* Twice, with steps between the copy's start and its end, and after it. */
static void judge_copies(struct stand *stand) {
  for (int i = 0; i < 2 && !suite_fell_short(stand->suite); i++) {
    double *held = read_source(stand);
    if (held && start_copy(stand) && go_on(stand) && end_copy(stand)) {
      judge_copy(stand, held, i ? "in a later copy" : "in a copy");
    }
    if (held && !suite_fell_short(stand->suite) && go_on(stand)) judge_copy(stand, held, "some steps after its copy");
    free(held);
  }
}

typedef bool (*source_fn)(struct stand *stand, struct vordec_session *session, enum vordec_precision precision);
typedef void (*judge_fn)(struct stand *stand);

static void for_each_precision(struct suite *suite, source_fn begin, judge_fn judge) {
  static const enum vordec_precision precisions[] = {VORDEC_FP32, VORDEC_FP64};
  static const uint32_t bits[] = {VORDEC_CAP_FP32, VORDEC_CAP_FP64};
  struct vordec_session *session = session_with_shelves(suite);
  for (int i = 0; i < 2 && session && !suite_fell_short(suite); i++) {
    struct stand stand = {.suite = suite, .interface = plugin_shelf(suite)};
    if (!(suite->shared->device.capabilities & bits[i])) continue;
    if (begin(&stand, session, precisions[i]) && open_shelf(&stand)) judge(&stand);
    stand_close(&stand);
  }
}

static bool has_simulations(struct suite *suite) {
  if (plugin_simulate(suite)) return true;
  suite_skip(suite, "the plugin has no %s", VORDEC_SIMULATE_INTERFACE);
  return false;
}

static bool has_rollouts(struct suite *suite) {
  if (plugin_rollout_batch(suite)) return true;
  suite_skip(suite, "the plugin has no %s", VORDEC_ROLLOUT_BATCH_INTERFACE);
  return false;
}

void check_shelf_fields(struct suite *suite) {
  if (session_with_shelves(suite) && has_simulations(suite)) for_each_precision(suite, simulate, judge_copies);
}

void check_shelf_states(struct suite *suite) {
  if (session_with_shelves(suite) && has_rollouts(suite)) for_each_precision(suite, roll, judge_copies);
}

/* ---- file descriptors ---- */

static void judge_fd(struct stand *stand, const char *slot, enum vordec_status status, int fd) {
  const int flags = fd < 0 ? -1 : fcntl(fd, F_GETFD);
  if (status || flags < 0) {
    suite_short(stand->suite, "%s() says %s, and hands out %d", slot, vordec_status_name(status), fd);
  } else if (!(flags & FD_CLOEXEC)) {
    suite_short(stand->suite, "%s() is not closed on exec", slot);
  }
}

static void judge_handles(struct stand *stand) {
  struct vordec_error error = {0};
  int fds[2] = {-1, -1}, semaphore = -1;
  const bool host = stand->memory.kind == VORDEC_MEMORY_HOST;
  for (int i = 0; i < 2; i++) {
    const enum vordec_status status = stand->interface->memory_fd(stand->shelf, &fds[i], &error);
    if (!host) judge_fd(stand, "memory_fd", status, fds[i]);
    if (host && (status != VORDEC_E_UNSUPPORTED || error.reason != VORDEC_REASON_NO_INTERFACE)) {
      suite_short(stand->suite, "memory_fd() of memory with an address says %s", vordec_status_name(status));
    }
  }
  if (!host && fds[0] >= 0 && fds[0] == fds[1])
    suite_short(stand->suite, "memory_fd() hands out the same descriptor twice");
  if (stand->interface->has_semaphore(stand->shelf)) {
    const enum vordec_status status = stand->interface->semaphore_fd(stand->shelf, &semaphore, &error);
    judge_fd(stand, "semaphore_fd", status, semaphore);
  }
  if (fds[0] >= 0) close(fds[0]); /* the caller's: copies need it no more */
  if (!suite_fell_short(stand->suite)) judge_copies(stand);
  if (fds[1] >= 0 && fds[1] != fds[0]) close(fds[1]);
  if (semaphore >= 0) close(semaphore);
  suite_note(stand->suite, "%s, %s", host ? "addresses" : "file descriptors",
             stand->interface->has_semaphore(stand->shelf) ? "timeline semaphores" : "no semaphores");
}

void check_shelf_handles(struct suite *suite) {
  if (session_with_shelves(suite) && has_rollouts(suite)) for_each_precision(suite, roll, judge_handles);
}

/* ---- without memory ---- */

static void judge_shortage(struct stand *stand) {
  struct suite *suite = stand->suite;
  size_t number = 0;
  stand->interface->destroy(NULL);
  stand->interface->destroy(stand->shelf);
  stand->shelf = NULL;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct vordec_error error = {0};
    char what[60];
    const size_t blocks = atomic_load(&suite->host.blocks);
    snprintf(what, sizeof what, "without allocation %zu", ++number);
    counting_host_refuse(&suite->host, number, true);
    const enum vordec_status status = make(stand, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status) plugin_judge_shortage(suite, "create", what, status, &error);
    if (!status) stand->interface->destroy(stand->shelf);
    stand->shelf = NULL;
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "%s, create() leaves memory behind", what);
  }
  suite_note(suite, "%zu allocations refused in turn", number - 1);
}

void check_shelf_without_memory(struct suite *suite) {
  if (session_with_shelves(suite) && has_rollouts(suite)) for_each_precision(suite, roll, judge_shortage);
}
