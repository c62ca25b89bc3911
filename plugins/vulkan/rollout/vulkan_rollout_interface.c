/* SPDX-License-Identifier: MIT */
#include "vulkan_rollout_interface.h"

#include "gpu/vulkan_host.h"
#include "rollout_memory.h"
#include "rollout_record.h"
#include "rollout_trail.h"

#define TRIAL_STEPS 8u

static void destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  struct vordec_session *session = rollout->session;
  session_settle(session);
  rollout_trail_release(rollout);
  rollout_record_destroy(rollout);
  rollout_memory_destroy(rollout);
  kernels_release(&session->kernels, rollout->batch_pipeline);
  host_free(session->gpu.host, rollout);
}

/* ---- making one ---- */

static enum vordec_status check_setup(const struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                      struct vordec_error *error) {
  if (setup->deterministic) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "only the cpu backend sums in order, without fused multiply-add; a GPU splits its sums");
  }
  if (setup->precision == VORDEC_FP64 && !session->gpu.facts.has_fp64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "%.200s has no double precision",
                       session->gpu.facts.info.name);
  }
  return gpu_check(&session->gpu, error);
}

/* The work of a step with so many groups: all entries of A, once for each state. */
static double cells_of(const struct vordec_backend_rollout *rollout, uint32_t groups) {
  return (double)rollout->pitch * rollout->d * rollout->group_states * groups;
}

static uint32_t groups_within(const struct vordec_backend_rollout *rollout, double cells, uint32_t most) {
  const double fitting = cells / cells_of(rollout, 1);
  return fitting < 1.0 ? 1 : fitting < most ? (uint32_t)fitting : most;
}

static void describe(struct vordec_backend_rollout *rollout, const struct vordec_rollout_setup *setup) {
  rollout->d = setup->d;
  rollout->precision = setup->precision;
  rollout->real_bytes = setup->precision == VORDEC_FP64 ? 8 : 4;
  rollout->pitch = rollout_pitch(setup->d);
  rollout->states = vordec_setup_states(setup);
  rollout->group_states = rollout->states > 1 ? VORDEC_ROLLOUT_STATES : 1;
  rollout->groups = (rollout->states + rollout->group_states - 1) / rollout->group_states;
  rollout->wave_groups = groups_within(rollout, ROLLOUT_WAVE_CELLS, rollout->groups);
  rollout->waves = (rollout->groups + rollout->wave_groups - 1) / rollout->wave_groups;
  rollout->trial_groups = groups_within(rollout, PACE_FIRST_CELLS, rollout->wave_groups);
  rollout->trial_steps =
      (uint32_t)pace_next(&rollout->pace, 0.0, cells_of(rollout, rollout->trial_groups), TRIAL_STEPS);
}

/* Reads how long the device took from the opening to the closing, once the fence has been signalled. VK_NOT_READY: a
 * time mark is missing. */
static VkResult read_time(const struct vordec_backend_rollout *rollout, double *ms) {
  const struct gpu *gpu = &rollout->session->gpu;
  struct {
    uint64_t ticks, available;
  } marks[2] = {{0, 0}, {0, 0}};
  const VkResult read =
      gpu->vk.GetQueryPoolResults(gpu->device, rollout->queries, 0, 2, sizeof marks, marks, sizeof *marks,
                                  VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  if (read != VK_SUCCESS) return read;
  if (!marks[0].available || !marks[1].available) return VK_NOT_READY;
  *ms = device_ns_between(&gpu->facts, marks[0].ticks, marks[1].ticks) * 1e-6;
  return VK_SUCCESS;
}

/* Finds out how fast steps are. The first trial makes the driver compile what it has not compiled yet; the second one
 * counts. */
static enum vordec_status try_steps(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  const VkCommandBuffer list[] = {rollout->commands[ROLLOUT_OPENING], rollout->commands[ROLLOUT_TRIAL],
                                  rollout->commands[ROLLOUT_CLOSING]};
  double ms = 0.0;
  for (int i = 0; i < 2; i++) {
    const double start_ms = host_ms(rollout->session->gpu.host);
    const enum vordec_status status = session_submit(rollout->session, list, 3, error);
    if (status) return status;
    ms = host_ms(rollout->session->gpu.host) - start_ms;
  }
  const VkResult read = rollout->queries ? read_time(rollout, &ms) : VK_SUCCESS;
  if (read != VK_SUCCESS && read != VK_NOT_READY) {
    return gpu_fail(&rollout->session->gpu, read, "vkGetQueryPoolResults", error);
  }
  /* Fewer groups never take longer than all those of a wave. */
  pace_learn(&rollout->pace, rollout->trial_steps, ms * rollout->wave_groups / rollout->trial_groups);
  return VORDEC_OK;
}

/* Makes the kernel for several states; the one for a single state exists anyway. */
static enum vordec_status make_pipeline(struct vordec_backend_rollout *rollout, struct vordec_error *error) {
  static const struct kernel_constants none = {0};
  if (rollout->states == 1) return VORDEC_OK;
  return kernels_specialise(&rollout->session->kernels, KERNEL_ROLLOUT_BATCH, rollout->precision, &none,
                            &rollout->batch_pipeline, error);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                 struct vordec_backend_rollout **out, struct vordec_error *error) {
  enum vordec_status status = check_setup(session, setup, error);
  if (status) return status;
  struct vordec_backend_rollout *rollout = host_alloc(session->gpu.host, 1, sizeof *rollout);
  if (!rollout) return host_no_memory(error, "a rollout");
  rollout->session = session;
  describe(rollout, setup);
  status = kernels_build(&session->kernels, setup->precision, error);
  if (!status) status = make_pipeline(rollout, error);
  if (!status) status = rollout_memory_create(rollout, error);
  if (!status) status = rollout_memory_upload(rollout, setup, error);
  if (!status) status = rollout_record(rollout, error);
  if (!status && session->submission_ms > 0.0) status = try_steps(rollout, error);
  if (status) {
    destroy(rollout);
    return status;
  }
  *out = rollout;
  return VORDEC_OK;
}

/* ---- using it ---- */

/* The steps of one wave. If rows is 0 there are `steps` of them and nothing is kept; otherwise there are so many for
 * each row that is kept. */
struct course {
  uint32_t wave, rows, steps;
};

#define LIST_MAX 1024u
#define LIST_LONGEST (ROLLOUT_STEPS_MAX / ROLLOUT_LONGEST + ROLLOUT_DOUBLINGS) /* steps in one submission */

/* Lists the command buffers whose steps add up to `steps`, as digits do. */
static uint32_t list_steps(const struct vordec_backend_rollout *rollout, uint32_t wave, uint32_t steps,
                           VkCommandBuffer *list) {
  uint32_t count = 0;
  for (uint32_t i = ROLLOUT_DOUBLINGS; i-- > 0;) {
    for (; steps >= 1u << i; steps -= 1u << i) list[count++] = rollout->commands[rollout_steps_id(wave, i)];
  }
  return count;
}

/* Submits an opening, at most `most` steps from `done` on, together with the rows that fall due, and a closing. *taken
 * becomes the number of steps. */
static enum vordec_status submit_steps(struct vordec_backend_rollout *rollout, const struct course *course,
                                       uint64_t done, uint32_t most, uint32_t *taken, struct vordec_error *error) {
  VkCommandBuffer list[LIST_MAX];
  uint32_t count = 0;
  list[count++] = rollout->commands[ROLLOUT_OPENING];
  for (*taken = 0; *taken < most && count + LIST_LONGEST + 2 <= LIST_MAX;) {
    const uint64_t at = done + *taken;
    const uint32_t of_row = course->steps - (uint32_t)(at % course->steps), left = most - *taken;
    const uint32_t now = of_row < left ? of_row : left;
    count += list_steps(rollout, course->wave, now, list + count);
    *taken += now;
    if (course->rows && now == of_row) list[count++] = rollout->trail.keep[at / course->steps];
  }
  list[count++] = rollout->commands[ROLLOUT_CLOSING];
  return session_submit(rollout->session, list, count, error);
}

/* Gathers the evidence. If there are timestamps, steps count as done only if their marks are there. */
static VkResult gather_evidence(struct vordec_backend_rollout *rollout, uint32_t steps, double host_ms_taken,
                                struct vordec_rollout_result *result) {
  struct vordec_evidence *evidence = &result->evidence;
  double ms = host_ms_taken;
  const VkResult read = rollout->queries ? read_time(rollout, &ms) : VK_SUCCESS;
  if (read != VK_SUCCESS && read != VK_NOT_READY) return read;
  evidence->dispatches_recorded += steps;
  if (read == VK_NOT_READY) evidence->device_timestamps = false;
  if (read == VK_SUCCESS) evidence->dispatches_completed += steps;
  if (read == VK_SUCCESS && rollout->queries) result->device_ms += ms;
  pace_learn(&rollout->pace, steps, ms);
  return VK_SUCCESS;
}

static uint32_t steps_at_once(const struct vordec_backend_rollout *rollout, uint64_t left) {
  const double limit_ms = rollout->session->submission_ms;
  const uint32_t most = left < ROLLOUT_STEPS_MAX ? (uint32_t)left : ROLLOUT_STEPS_MAX;
  const double cells = cells_of(rollout, rollout->wave_groups);
  return limit_ms > 0.0 ? (uint32_t)pace_next(&rollout->pace, pace_aim_ms(limit_ms), cells, most) : most;
}

/* Takes the steps of one wave. *taken becomes true if a submission has taken any. */
static enum vordec_status take_steps(struct vordec_backend_rollout *rollout, const struct course *course, bool *taken,
                                     struct vordec_rollout_result *result, struct vordec_error *error) {
  const uint64_t all = (uint64_t)course->steps * (course->rows ? course->rows : 1);
  for (uint64_t done = 0; done < all;) {
    uint32_t now;
    const double start_ms = host_ms(rollout->session->gpu.host);
    const enum vordec_status status =
        submit_steps(rollout, course, done, steps_at_once(rollout, all - done), &now, error);
    if (status) return status;
    done += now;
    *taken = true;
    const VkResult marks = gather_evidence(rollout, now, host_ms(rollout->session->gpu.host) - start_ms, result);
    if (marks != VK_SUCCESS) return gpu_fail(&rollout->session->gpu, marks, "vkGetQueryPoolResults", error);
  }
  return VORDEC_OK;
}

/* Takes the steps of all waves, one after the other. */
static enum vordec_status take_waves(struct vordec_backend_rollout *rollout, uint32_t steps, bool *taken,
                                     struct vordec_rollout_result *result, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (uint32_t wave = 0; wave < rollout->waves && !status; wave++) {
    status = take_steps(rollout, &(struct course){.wave = wave, .steps = steps}, taken, result, error);
  }
  return status;
}

/* Takes steps and keeps rows. A row is complete once all waves have reached it. */
static enum vordec_status take_rows(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps, bool *taken,
                                    struct vordec_rollout_result *result, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (rollout->waves == 1) {
    return take_steps(rollout, &(struct course){.rows = rows, .steps = steps}, taken, result, error);
  }
  for (uint32_t row = 0; row < rows && !status; row++) {
    status = take_waves(rollout, steps, taken, result, error);
    if (!status) status = session_submit(rollout->session, &rollout->trail.keep[row], 1, error);
  }
  return status;
}

/* Takes steps; if rows is 0 none is kept. */
static enum vordec_status go(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                             struct vordec_rollout_result *result, struct vordec_error *error) {
  const enum vordec_status status = rollout_alive(rollout, error);
  if (status) return status;
  const struct vordec_device *device = &rollout->session->gpu.facts.info;
  result->device_ms = 0.0;
  result->evidence = (struct vordec_evidence){.type = device->type, .device_timestamps = rollout->queries != NULL};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  memcpy(result->evidence.uuid, device->uuid, sizeof device->uuid);
  bool taken = false;
  const enum vordec_status stepped =
      rows ? take_rows(rollout, rows, steps, &taken, result, error) : take_waves(rollout, steps, &taken, result, error);
  /* Some but not all of the steps were taken, so that it is unknown where the states are. */
  if (stepped && taken) rollout->failure = *error;
  if (!stepped) rollout->trail.kept = rows;
  return stepped;
}

static enum vordec_status advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  return go(rollout, 0, steps, result, error);
}

static enum vordec_status walk(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                               struct vordec_rollout_result *result, struct vordec_error *error) {
  return go(rollout, rows, steps, result, error);
}

static enum vordec_status read_state(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  struct vordec_session *session = rollout->session;
  enum vordec_status status = rollout_alive(rollout, error);
  if (!status) status = session_submit(session, &rollout->commands[ROLLOUT_READ], 1, error);
  if (status) return status;
  const VkResult result = buffer_invalidate(&session->gpu, &rollout->readback);
  if (result != VK_SUCCESS) return gpu_fail(&session->gpu, result, "vkInvalidateMappedMemoryRanges", error);
  rollout_memory_widen(rollout, rollout->states, z);
  return VORDEC_OK;
}

const struct vordec_rollout_interface vulkan_rollout_interface = {
    .struct_size = sizeof(struct vordec_rollout_interface),
    .create = create,
    .destroy = destroy,
    .advance = advance,
    .read = read_state,
};

const struct vordec_trail_interface vulkan_trail_interface = {
    .struct_size = sizeof(struct vordec_trail_interface),
    .reserve = rollout_trail_reserve,
    .walk = walk,
    .read = rollout_trail_read,
};
