/* SPDX-License-Identifier: MIT */
#include "cpu_shelf.h"

#include <string.h>

#include "plugins/cpu/cpu_session.h"
#include "plugins/cpu/rollout/cpu_rollout.h"
#include "plugins/cpu/simulate/cpu_simulate.h"

struct vordec_shelf {
  struct vordec_session *session;
  const struct vordec_backend_simulation *simulation; /* one of the two is NULL */
  const struct vordec_backend_rollout *rollout;
  size_t count, values; /* fields or states; numbers in each */
  bool single;          /* they are floats */
  double *wide;         /* count x values; of floats room for one state */
  float *narrow;        /* .. and these; else NULL */
};

static void destroy(struct vordec_shelf *shelf) {
  if (!shelf) return;
  const struct memory_source *source = &shelf->session->memory.source;
  memory_release(source, shelf->wide);
  memory_release(source, shelf->narrow);
  memory_release(source, shelf);
}

/* Fields are in fp64 here. */
static void measure(struct vordec_shelf *shelf) {
  if (shelf->simulation) {
    const size_t n = cpu_simulation_n(shelf->simulation);
    shelf->count = cpu_simulation_members(shelf->simulation);
    shelf->values = n * n;
    return;
  }
  const struct cpu_rollout_shape shape = cpu_rollout_shape(shelf->rollout);
  shelf->count = shape.states;
  shelf->values = shape.d;
  shelf->single = shape.precision == VORDEC_FP32;
}

static enum vordec_status no_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for a shelf");
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_shelf_setup *setup,
                                 struct vordec_shelf **shelf, struct vordec_error *error) {
  struct memory memory = {.source = session->memory.source};
  struct vordec_shelf *made = memory_take(&memory, 1, sizeof *made);
  if (!made) return no_memory(error);
  *made = (struct vordec_shelf){.session = session, .simulation = setup->simulation, .rollout = setup->rollout};
  measure(made);
  made->wide = memory_take(&memory, made->single ? made->values : made->count * made->values, sizeof *made->wide);
  if (made->single) made->narrow = memory_take(&memory, made->count * made->values, sizeof *made->narrow);
  if (!made->wide || (made->single && !made->narrow)) {
    destroy(made);
    return no_memory(error);
  }
  *shelf = made;
  return VORDEC_OK;
}

static void describe(const struct vordec_shelf *shelf, struct vordec_exported_memory *memory) {
  const uint64_t pitch = shelf->values * (shelf->single ? sizeof *shelf->narrow : sizeof *shelf->wide);
  const struct vordec_exported_memory ours = {.struct_size = memory->struct_size,
                                              .kind = VORDEC_MEMORY_HOST,
                                              .pointer = shelf->single ? (void *)shelf->narrow : shelf->wide,
                                              .size = shelf->count * pitch,
                                              .pitch = pitch};
  memcpy(memory, &ours, ours.struct_size < sizeof ours ? ours.struct_size : sizeof ours);
}

static enum vordec_status no_fd(struct vordec_shelf *shelf, int *fd, struct vordec_error *error) {
  (void)shelf;
  *fd = -1;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                     "cpu: memory of the host is shared by its address, not by a file descriptor");
}

static bool has_semaphore(const struct vordec_shelf *shelf) {
  (void)shelf;
  return false;
}

static void copy_state(struct vordec_shelf *shelf, size_t state) {
  double *to = shelf->single ? shelf->wide : shelf->wide + state * shelf->values;
  cpu_rollout_state(shelf->rollout, state, to);
  for (size_t i = 0; i < shelf->values && shelf->single; i++) {
    shelf->narrow[state * shelf->values + i] = (float)to[i]; /* it is one */
  }
}

static enum vordec_status fill(struct vordec_shelf *shelf, uint64_t wait, uint64_t signal, struct vordec_error *error) {
  (void)wait;
  (void)signal;
  (void)error;
  for (size_t i = 0; i < shelf->count; i++) {
    if (shelf->rollout) {
      copy_state(shelf, i);
    } else {
      cpu_simulation_copy(shelf->simulation, i, shelf->wide + i * shelf->values);
    }
  }
  return VORDEC_OK;
}

static enum vordec_status wait_for(struct vordec_shelf *shelf, struct vordec_error *error) {
  (void)shelf;
  (void)error;
  return VORDEC_OK;
}

static enum vordec_status copy_out(struct vordec_shelf *shelf, uint64_t at, uint64_t bytes, void *to,
                                   struct vordec_error *error) {
  (void)error;
  memcpy(to, (const char *)(shelf->single ? (const void *)shelf->narrow : shelf->wide) + at, bytes);
  return VORDEC_OK;
}

const struct vordec_shelf_interface cpu_shelf_interface = {.struct_size = sizeof cpu_shelf_interface,
                                                           .create = create,
                                                           .destroy = destroy,
                                                           .describe = describe,
                                                           .memory_fd = no_fd,
                                                           .has_semaphore = has_semaphore,
                                                           .semaphore_fd = no_fd,
                                                           .fill = fill,
                                                           .wait = wait_for,
                                                           .read = copy_out};
