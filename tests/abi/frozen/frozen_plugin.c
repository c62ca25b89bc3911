/*
 * The example as it was in the first version of the interface, with a rollout beside it: a backend that somebody built
 * then. It sees no header but include/, which are those of then, and is not to be changed.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#define vordec_backend_entry frozen_entry
const struct vordec_backend *frozen_entry(uint32_t host_abi, const struct vordec_host *host);
#include "frozen_direct.c"
#undef vordec_backend_entry

struct vordec_backend_rollout {
  const struct vordec_host *host;
  uint32_t d;
  double *a, *z, *next;
};

static void rollout_destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  const struct vordec_host *host = rollout->host;
  host->release(host->ctx, rollout->a);
  host->release(host->ctx, rollout->z);
  host->release(host->ctx, rollout->next);
  host->release(host->ctx, rollout);
}

static enum vordec_status rollout_create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                         struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct vordec_host *host = session->host;
  const size_t d = setup->d;
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "steps are taken in fp64 alone");
  }
  struct vordec_backend_rollout *made = take(host, 1, sizeof *made);
  if (!made) goto fail;
  *made = (struct vordec_backend_rollout){.host = host, .d = setup->d};
  made->a = take(host, d * d, sizeof *made->a);
  made->z = take(host, d, sizeof *made->z);
  made->next = take(host, d, sizeof *made->next);
  if (!made->a || !made->z || !made->next) goto fail;
  memcpy(made->a, setup->a, d * d * sizeof *made->a);
  memcpy(made->z, setup->z0, d * sizeof *made->z);
  *rollout = made;
  return VORDEC_OK;

fail:
  rollout_destroy(made);
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a rollout");
}

/* Sums in order. */
static void step(struct vordec_backend_rollout *rollout) {
  const size_t d = rollout->d;
  memset(rollout->next, 0, d * sizeof *rollout->next);
  for (size_t i = 0; i < d; i++) {
    for (size_t j = 0; j < d; j++) rollout->next[j] += rollout->z[i] * rollout->a[i * d + j];
  }
  double *swap = rollout->z;
  rollout->z = rollout->next;
  rollout->next = swap;
}

static enum vordec_status rollout_advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                          struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error;
  struct vordec_device device;
  describe_device(&device);
  const double start = milliseconds(rollout->host);
  for (uint32_t i = 0; i < steps; i++) step(rollout);
  result->device_ms = milliseconds(rollout->host) - start;
  result->evidence =
      (struct vordec_evidence){.type = device.type, .dispatches_recorded = steps, .dispatches_completed = steps};
  memcpy(result->evidence.name, device.name, sizeof device.name);
  memcpy(result->evidence.driver, device.driver, sizeof device.driver);
  return VORDEC_OK;
}

static enum vordec_status rollout_read(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  (void)error;
  memcpy(z, rollout->z, rollout->d * sizeof *z);
  return VORDEC_OK;
}

/* The example's decode, of the state that a rollout holds where there is one. */
static enum vordec_status decode_either(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                        struct vordec_decode_result *result, struct vordec_error *error) {
  if (!job->rollout) return decode(plan, job, result, error);
  const double *z = job->rollout->z, most = vordec_coefficient_max(&plan->desc);
  for (uint32_t i = 0; i < job->rollout->d; i++) {
    if (isfinite(z[i]) && fabs(z[i]) <= most) continue;
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "entry %u of the rolled-out state is not finite", i);
  }
  struct vordec_decode_job own = *job;
  own.z = z;
  own.rollout = NULL;
  return decode(plan, &own, result, error);
}

static const void *get_interface(const char *name) {
  static const struct vordec_rollout_interface rollouts = {.struct_size = sizeof rollouts,
                                                           .create = rollout_create,
                                                           .destroy = rollout_destroy,
                                                           .advance = rollout_advance,
                                                           .read = rollout_read};
  return strcmp(name, "vordec.rollout/1") == 0 ? &rollouts : NULL;
}

const struct vordec_backend *vordec_backend_entry(uint32_t host_abi, const struct vordec_host *host) {
  static struct vordec_backend backend;
  const struct vordec_backend *example = frozen_entry(host_abi, host);
  if (!example) return NULL;
  backend = *example;
  backend.name = "frozen";
  backend.decode = decode_either;
  backend.get_interface = get_interface;
  return &backend;
}
