/* SPDX-License-Identifier: MIT */
#include "stub_card_compare.h"

#include <string.h>

#include "stub_card.h"
#include "stub_card_flow.h"

struct vordec_backend_comparer {
  const struct vordec_host *host;
  struct vordec_compare_setup setup;
  size_t cells;
  double *kept; /* and a field more, the one that is looked at */
};

static enum vordec_status create(struct vordec_session *session, const struct vordec_compare_setup *setup,
                                 struct vordec_backend_comparer **comparer, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  const struct vordec_host *host = stub_card_host(session);
  const struct card *card = stub_card_row();
  const size_t cells = (size_t)setup->n * setup->n, bytes = (setup->fields + 1) * cells * sizeof(double);
  stub_card_say(host, "comparer_create");
  const enum vordec_status status = stub_card_failure("comparer_create", error);
  if (status) return status;
  if (card->makes_no_comparer) return VORDEC_OK;
  struct vordec_backend_comparer *made = host->allocate(host->ctx, 16, sizeof *made);
  double *kept = host->allocate(host->ctx, 64, (bytes + 63) / 64 * 64);
  if (!made || !kept) {
    host->release(host->ctx, made);
    host->release(host->ctx, kept);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  }
  memset(kept, 0, bytes);
  *made = (struct vordec_backend_comparer){host, *setup, cells, kept};
  snprintf(info->fft, sizeof info->fft, "stub");
  info->warmup_ms = card->compare_warmup_ms;
  *comparer = made;
  return VORDEC_OK;
}

static void destroy(struct vordec_backend_comparer *comparer) {
  if (!comparer) return;
  stub_card_say(comparer->host, "comparer_destroy");
  comparer->host->release(comparer->host->ctx, comparer->kept);
  comparer->host->release(comparer->host->ctx, comparer);
}

static const double *find(const struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job) {
  if (job->omega) return job->omega;
  if (job->simulation) return stub_card_flow_field(job->simulation, job->member);
  return comparer->kept + (job->plan ? 0 : job->field) * comparer->cells;
}

static void tell(const struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job) {
  const struct vordec_field_moments told = {1, stub_card_row()->told_square, 0.5};
  if (job->moments) *job->moments = told;
  for (uint32_t i = 0; i < job->pairs; i++) job->against[i] = (struct vordec_pair_moments){told, 0.25, 0.125};
  const uint32_t shells = job->shell ? vordec_compare_shells(comparer->setup.n) : 0;
  for (uint32_t i = 0; i < shells; i++) job->shell[i] = i;
}

static enum vordec_status compare(struct vordec_backend_comparer *comparer, const struct vordec_compare_job *job,
                                  struct vordec_compare_result *result, struct vordec_error *error) {
  const struct card *card = stub_card_row();
  const size_t cells = comparer->cells, bytes = cells * sizeof(double);
  const uint64_t start = comparer->host->clock_ns(comparer->host->ctx);
  stub_card_say(comparer->host, "compare");
  const enum vordec_status status = stub_card_failure("compare", error);
  if (status) return status;
  double *w = memcpy(comparer->kept + comparer->setup.fields * cells, find(comparer, job), bytes);
  if (job->keep != VORDEC_NO_FIELD) memcpy(comparer->kept + job->keep * cells, w, bytes);
  double *sum = job->add != VORDEC_NO_FIELD ? comparer->kept + job->add * cells : NULL;
  for (size_t i = 0; sum && i < cells; i++) sum[i] += w[i];
  tell(comparer, job);
  if (job->copy) memcpy(job->copy, w, bytes);
  result->device_ms = stub_card_tell(&card->compare.ms, stub_card_elapsed(comparer->host, start));
  stub_card_tell_evidence(&card->compare, card->compare.recorded, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_compare_interface *stub_card_compare_interface(void) {
  static struct vordec_compare_interface compares;
  const struct card *card = stub_card_row();
  compares = (struct vordec_compare_interface){.struct_size = card->compare_size,
                                               .create = create,
                                               .destroy = card->lacks_comparer_destroy ? NULL : destroy,
                                               .compare = compare};
  return &compares;
}
