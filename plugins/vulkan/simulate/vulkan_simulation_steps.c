/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_steps.h"

#include "gpu/vulkan_host.h"

#include <string.h>

#define RECORD_STEP(member) (1 + 2 * (size_t)(member))
#define NO_STEP 0xffffffffu

enum vordec_status vulkan_simulation_check(const struct vordec_backend_simulation *simulation, uint32_t first,
                                           uint32_t end, struct vordec_error *error) {
  for (uint32_t member = first; member < end; member++) {
    if (!simulation->lost[member]) continue;
    return vordec_fail(error, simulation->failure.status, simulation->failure.reason,
                       "the simulation's fields were lost in an earlier failure: %.500s", simulation->failure.message);
  }
  return gpu_check(&simulation->session->gpu, error);
}

/* Some but not all of a call's steps were done. Until fields are set again it is unknown where they are. */
static void lose_members(struct vordec_backend_simulation *simulation, const struct vordec_error *error) {
  simulation->failure = *error;
  memset(simulation->lost, true, simulation->setup.members * sizeof *simulation->lost);
}

/* What goes into one submission. */
struct round {
  VkCommandBuffer list[SIMULATION_ROUND_MAX];
  uint32_t count;
  uint64_t dispatches;
};

static void put(struct round *round, VkCommandBuffer commands) {
  round->list[round->count++] = commands;
}

static struct round begin_round(const struct vordec_backend_simulation *simulation, bool first) {
  struct round round = {.count = 0};
  if (first) put(&round, simulation->commands[SIMULATION_RESET]);
  put(&round, simulation->commands[SIMULATION_OPENING]);
  if (simulation->transformed) return round;
  put(&round, simulation->commands[SIMULATION_TRANSFORM]);
  round.dispatches++;
  return round;
}

/* Adds the command buffers whose steps add up to `steps`, as digits do. */
static void put_steps(const struct vordec_backend_simulation *simulation, struct round *round, uint32_t steps) {
  round->dispatches += (uint64_t)steps * simulation_dispatches_a_step(simulation);
  for (uint32_t i = SIMULATION_DOUBLINGS; i-- > 0;) {
    for (; steps >= 1u << i; steps -= 1u << i) put(round, simulation->commands[SIMULATION_STEPS + i]);
  }
}

/* Reads how long the device took from the opening to the closing, once the fence has been signalled. VK_NOT_READY: a
 * time mark is missing. */
static VkResult read_time(const struct vordec_backend_simulation *simulation, double *ms) {
  const struct gpu *gpu = &simulation->session->gpu;
  struct {
    uint64_t ticks, available;
  } marks[2] = {{0, 0}, {0, 0}};
  const VkResult read =
      gpu->vk.GetQueryPoolResults(gpu->device, simulation->queries, 0, 2, sizeof marks, marks, sizeof *marks,
                                  VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  if (read != VK_SUCCESS) return read;
  if (!marks[0].available || !marks[1].available) return VK_NOT_READY;
  *ms = device_ns_between(&gpu->facts, marks[0].ticks, marks[1].ticks) * 1e-6;
  return VK_SUCCESS;
}

/* Submits the round and waits for it. If there are timestamps, dispatches count as done only if their marks are there.
 * *ms becomes the time it took, by the best clock there is. */
static enum vordec_status run(struct vordec_backend_simulation *simulation, struct round *round,
                              struct vordec_simulation_result *result, double *ms, struct vordec_error *error) {
  struct vordec_session *session = simulation->session;
  const double start_ms = host_ms(session->gpu.host);
  put(round, simulation->commands[SIMULATION_CLOSING]);
  const enum vordec_status status = session_submit(session, round->list, round->count, error);
  if (status) return status;
  *ms = host_ms(session->gpu.host) - start_ms;
  simulation->started = true;
  simulation->transformed = true;
  const VkResult read = simulation->queries ? read_time(simulation, ms) : VK_SUCCESS;
  if (read != VK_SUCCESS && read != VK_NOT_READY) return gpu_fail(&session->gpu, read, "vkGetQueryPoolResults", error);
  result->evidence.dispatches_recorded += round->dispatches;
  if (read == VK_NOT_READY) result->evidence.device_timestamps = false;
  if (read == VK_SUCCESS) result->evidence.dispatches_completed += round->dispatches;
  if (read == VK_SUCCESS && simulation->queries) result->device_ms += *ms;
  return VORDEC_OK;
}

/* Submits the passes of a step one by one, since all of them may be too long for one submission. */
static enum vordec_status take_passes(struct vordec_backend_simulation *simulation, bool first,
                                      struct vordec_simulation_result *result, struct vordec_error *error) {
  double sum = 0.0;
  for (uint32_t i = 0; i < simulation_dispatches_a_step(simulation); i++) {
    struct round round = begin_round(simulation, first && i == 0);
    double ms = 0.0;
    put(&round, simulation->commands[SIMULATION_PASS + i]);
    round.dispatches++;
    const enum vordec_status status = run(simulation, &round, result, &ms, error);
    if (status) return status;
    sum += ms;
  }
  pace_learn(&simulation->pace, 1, sum);
  return VORDEC_OK;
}

static enum vordec_status take_round(struct vordec_backend_simulation *simulation, bool first, uint32_t steps,
                                     struct vordec_simulation_result *result, struct vordec_error *error) {
  struct round round = begin_round(simulation, first);
  double ms = 0.0;
  put_steps(simulation, &round, steps);
  const enum vordec_status status = run(simulation, &round, result, &ms, error);
  if (!status) pace_learn(&simulation->pace, steps, ms);
  return status;
}

/* Reports the first cell that was not finite, in the earliest step that had one, if any had. */
static void judge(const struct vordec_backend_simulation *simulation, struct vordec_simulation_result *result) {
  const uint32_t *record = simulation->buffers[SIMULATION_RECORD_READBACK].mapped, n = simulation->setup.n;
  uint32_t earliest = NO_STEP;
  for (uint32_t member = 0; member < simulation->setup.members; member++) {
    const uint32_t step = record[RECORD_STEP(member)], cell = record[RECORD_STEP(member) + 1];
    if (step >= earliest) continue;
    earliest = step;
    result->finite = false;
    result->bad_step = step;
    result->bad_member = member;
    result->bad_row = cell / n;
    result->bad_column = cell % n;
  }
}

static enum vordec_status look_at_record(const struct vordec_backend_simulation *simulation,
                                         struct vordec_simulation_result *result, struct vordec_error *error) {
  struct gpu *gpu = &simulation->session->gpu;
  const VkResult visible = buffer_invalidate(gpu, &simulation->buffers[SIMULATION_RECORD_READBACK]);
  if (visible != VK_SUCCESS) return gpu_fail(gpu, visible, "vkInvalidateMappedMemoryRanges", error);
  judge(simulation, result);
  return VORDEC_OK;
}

static double cells_of(const struct vordec_backend_simulation *simulation) {
  return (double)simulation->setup.n * simulation->setup.n * simulation->setup.members;
}

/* How many steps the next submission takes; 0: a single step is too long for one. */
static uint32_t steps_at_once(const struct vordec_backend_simulation *simulation, uint32_t left) {
  const double limit_ms = simulation->session->submission_ms, aim_ms = pace_aim_ms(limit_ms);
  const uint32_t most = left < SIMULATION_STEPS_MAX ? left : SIMULATION_STEPS_MAX;
  const bool unknown = simulation->pace.most == 0;
  if (limit_ms <= 0.0) return most;
  if (unknown ? cells_of(simulation) > PACE_FIRST_CELLS : pace_expect_ms(&simulation->pace, 1) > aim_ms) return 0;
  return (uint32_t)pace_next(&simulation->pace, aim_ms, cells_of(simulation), most);
}

static enum vordec_status take_steps(struct vordec_backend_simulation *simulation, uint32_t steps,
                                     struct vordec_simulation_result *result, struct vordec_error *error) {
  simulation->started = false;
  for (uint32_t done = 0; done < steps && result->finite;) {
    const uint32_t now = steps_at_once(simulation, steps - done);
    enum vordec_status status =
        now ? take_round(simulation, done == 0, now, result, error) : take_passes(simulation, done == 0, result, error);
    if (!status) status = look_at_record(simulation, result, error);
    if (status && simulation->started) lose_members(simulation, error);
    if (status) return status;
    done += now ? now : 1;
  }
  return VORDEC_OK;
}

enum vordec_status vulkan_simulation_advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                             struct vordec_simulation_result *result, struct vordec_error *error) {
  const enum vordec_status status = vulkan_simulation_check(simulation, 0, simulation->setup.members, error);
  if (status) return status;
  const struct vordec_device *device = &simulation->session->gpu.facts.info;
  *result = (struct vordec_simulation_result){
      .struct_size = result->struct_size,
      .finite = true,
      .evidence = {.type = device->type, .device_timestamps = simulation->queries != NULL}};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  memcpy(result->evidence.uuid, device->uuid, sizeof device->uuid);
  return take_steps(simulation, steps, result, error);
}
