/* SPDX-License-Identifier: MIT */
#include "stub_card_adjoint.h"

#include <string.h>

#include "stub_card.h"

struct vordec_backend_adjoint {
  const struct vordec_host *host;
  size_t cells, d;
  bool fp64;
};

static enum vordec_status create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                 struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  const struct vordec_host *host = stub_card_host(session);
  const struct card *card = stub_card_row();
  stub_card_say(host, "adjoint_create");
  const enum vordec_status status = stub_card_failure("adjoint_create", error);
  if (status) return status;
  if (card->makes_no_adjoint) return VORDEC_OK;
  struct vordec_backend_adjoint *made = host->allocate(host->ctx, 16, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  *made = (struct vordec_backend_adjoint){host, (size_t)desc->n * desc->n, desc->d, desc->precision == VORDEC_FP64};
  snprintf(info->fft, sizeof info->fft, "%s", strcmp(desc->fft, "auto") == 0 ? "stub" : desc->fft);
  info->warmup_ms = card->adjoint_warmup_ms;
  *adjoint = made;
  return VORDEC_OK;
}

static void destroy(struct vordec_backend_adjoint *adjoint) {
  if (!adjoint) return;
  stub_card_say(adjoint->host, "adjoint_destroy");
  adjoint->host->release(adjoint->host->ctx, adjoint);
}

static double value_at(const struct vordec_backend_adjoint *adjoint, const void *field, size_t i) {
  return adjoint->fp64 ? ((const double *)field)[i] : (double)((const float *)field)[i];
}

static double sum_of(const struct vordec_backend_adjoint *adjoint, const void *field, size_t state) {
  double sum = 0.0;
  for (size_t i = 0; field && i < adjoint->cells; i++) sum += value_at(adjoint, field, state * adjoint->cells + i);
  return sum;
}

static enum vordec_status run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                              struct vordec_adjoint_result *result, struct vordec_error *error) {
  const struct card *card = stub_card_row();
  const uint64_t start = adjoint->host->clock_ns(adjoint->host->ctx);
  stub_card_say(adjoint->host, "adjoint");
  const enum vordec_status status = stub_card_failure("adjoint", error);
  if (status) return status;
  const size_t real = adjoint->fp64 ? sizeof(double) : sizeof(float);
  if (job->z) memset(job->z, 0, job->count * adjoint->d * sizeof *job->z);
  for (uint32_t i = 0; i < job->count && job->z; i++) {
    job->z[i * adjoint->d] = sum_of(adjoint, job->omega_lp, i) + sum_of(adjoint, job->omega_hat, i);
  }
  if (job->residual) memset(job->residual, 0, job->count * adjoint->cells * real);
  result->device_ms = stub_card_tell(&card->adjoint.ms, stub_card_elapsed(adjoint->host, start));
  stub_card_tell_evidence(&card->adjoint, job->count * card->adjoint.recorded, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_adjoint_interface *stub_card_adjoint_interface(void) {
  static struct vordec_adjoint_interface adjoints;
  const struct card *card = stub_card_row();
  adjoints = (struct vordec_adjoint_interface){.struct_size = card->adjoint_size,
                                               .create = create,
                                               .destroy = card->lacks_adjoint_destroy ? NULL : destroy,
                                               .run = run};
  return &adjoints;
}
