/* SPDX-License-Identifier: MIT */
#include "stub_card_flow.h"

#include <string.h>

#include "stub_card.h"

/* Values of an fp32 simulation are floats, kept as doubles. */
struct vordec_backend_simulation {
  const struct vordec_host *host;
  struct vordec_simulation_setup setup;
  uint32_t steps; /* since the last set() */
  double *omega;  /* members x n x n */
};

static size_t cells_of(const struct vordec_backend_simulation *simulation) {
  return (size_t)simulation->setup.n * simulation->setup.n;
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_simulation_setup *setup,
                                 struct vordec_backend_simulation **simulation, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  const struct vordec_host *host = stub_card_host(session);
  const struct card *card = stub_card_row();
  stub_card_say(host, "flow_create");
  const enum vordec_status status = stub_card_failure("flow_create", error);
  if (status) return status;
  if (card->makes_no_simulation) return VORDEC_OK;
  const size_t cells = (size_t)setup->n * setup->n;
  struct vordec_backend_simulation *made =
      host->allocate(host->ctx, 16, sizeof *made + setup->members * cells * sizeof(double));
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  *made = (struct vordec_backend_simulation){.host = host, .setup = *setup, .omega = (double *)(made + 1)};
  const char *fft = card->fft_used ? card->fft_used : setup->fft;
  snprintf(info->fft, sizeof info->fft, "%s", strcmp(fft, "auto") == 0 ? "stub" : fft);
  info->device_bytes = 4096;
  info->warmup_ms = card->flow_warmup_ms;
  *simulation = made;
  return VORDEC_OK;
}

static void destroy(struct vordec_backend_simulation *simulation) {
  if (!simulation) return;
  stub_card_say(simulation->host, "flow_destroy");
  simulation->host->release(simulation->host->ctx, simulation);
}

static enum vordec_status set(struct vordec_backend_simulation *simulation, uint32_t member, const double *omega,
                              struct vordec_error *error) {
  const size_t cells = cells_of(simulation);
  const bool fp64 = simulation->setup.precision == VORDEC_FP64;
  const enum vordec_status status = stub_card_failure("flow_set", error);
  if (status) return status;
  simulation->steps = 0;
  for (size_t i = 0; i < cells; i++) {
    simulation->omega[member * cells + i] = fp64 ? omega[i] : (double)(float)omega[i];
  }
  return VORDEC_OK;
}

static enum vordec_status get(struct vordec_backend_simulation *simulation, uint32_t member, double *omega,
                              struct vordec_error *error) {
  const size_t cells = cells_of(simulation);
  const enum vordec_status status = stub_card_failure("flow_get", error);
  if (!status) memcpy(omega, simulation->omega + member * cells, cells * sizeof *omega);
  return status;
}

const double *stub_card_flow_field(const struct vordec_backend_simulation *simulation, uint32_t member) {
  return simulation->omega + member * cells_of(simulation);
}

static enum vordec_status advance(struct vordec_backend_simulation *simulation, uint32_t steps,
                                  struct vordec_simulation_result *result, struct vordec_error *error) {
  const struct vordec_host *host = simulation->host;
  const struct card *card = stub_card_row();
  const uint64_t start = host->clock_ns(host->ctx);
  stub_card_say(host, "flow_advance");
  const enum vordec_status status = stub_card_failure("flow_advance", error);
  if (status) return status;
  const size_t all = simulation->setup.members * cells_of(simulation);
  for (uint32_t step = 0; step < steps; step++) {
    for (size_t i = 0; i < all; i++) simulation->omega[i] *= 0.5;
  }
  result->finite = !card->breaks_at || simulation->steps + steps < card->breaks_at;
  result->bad_step = card->breaks_at - simulation->steps;
  result->bad_member = simulation->setup.members - 1;
  result->bad_row = card->breaks_row;
  result->bad_column = 5;
  simulation->steps += steps;
  result->device_ms = stub_card_tell(&card->flow.ms, stub_card_elapsed(host, start));
  stub_card_tell_evidence(&card->flow, steps * card->flow.recorded, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_simulation_interface *stub_card_flow_interface(void) {
  static struct vordec_simulation_interface flows;
  const struct card *card = stub_card_row();
  flows = (struct vordec_simulation_interface){.struct_size = card->simulate_size,
                                               .create = create,
                                               .destroy = destroy,
                                               .set = set,
                                               .get = card->lacks_get ? NULL : get,
                                               .advance = advance};
  return &flows;
}
