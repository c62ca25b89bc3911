/* SPDX-License-Identifier: MIT */
#include "stub_card_encode.h"

#include <string.h>

#include "stub_card.h"
#include "stub_card_flow.h"

struct vordec_backend_encoder {
  const struct vordec_host *host;
  struct vordec_encode_setup setup;
};

static enum vordec_status create(struct vordec_session *session, const struct vordec_encode_setup *setup,
                                 struct vordec_backend_encoder **encoder, struct vordec_plan_info *info,
                                 struct vordec_error *error) {
  const struct vordec_host *host = stub_card_host(session);
  const struct card *card = stub_card_row();
  stub_card_say(host, "encoder_create");
  const enum vordec_status status = stub_card_failure("encoder_create", error);
  if (status) return status;
  if (card->makes_no_encoder) return VORDEC_OK;
  struct vordec_backend_encoder *made = host->allocate(host->ctx, 16, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  *made = (struct vordec_backend_encoder){host, *setup};
  snprintf(info->fft, sizeof info->fft, "%s", strcmp(setup->fft, "auto") == 0 ? "stub" : setup->fft);
  info->warmup_ms = card->encode_warmup_ms;
  *encoder = made;
  return VORDEC_OK;
}

static void destroy(struct vordec_backend_encoder *encoder) {
  if (!encoder) return;
  stub_card_say(encoder->host, "encoder_destroy");
  encoder->host->release(encoder->host->ctx, encoder);
}

static double mean_of(const double *field, size_t cells) {
  double sum = 0.0;
  for (size_t i = 0; i < cells; i++) sum += field[i];
  return sum / (double)cells;
}

static enum vordec_status encode(struct vordec_backend_encoder *encoder, const struct vordec_encode_job *job,
                                 struct vordec_encode_result *result, struct vordec_error *error) {
  const struct card *card = stub_card_row();
  const struct vordec_encode_setup *setup = &encoder->setup;
  const size_t cells = (size_t)setup->n * setup->n;
  const uint64_t start = encoder->host->clock_ns(encoder->host->ctx);
  stub_card_say(encoder->host, "encode");
  const enum vordec_status status = stub_card_failure("encode", error);
  if (status) return status;
  memset(job->low, 0, 2 * sizeof *job->low * job->count * setup->low_count);
  memset(job->mid, 0, 2 * sizeof *job->mid * job->count * setup->mid_count);
  for (uint32_t i = 0; i < job->count; i++) {
    const double *field =
        job->simulation ? stub_card_flow_field(job->simulation, job->first_member + i) : job->omega + i * cells;
    job->low[2 * (size_t)i * setup->low_count] = mean_of(field, cells);
    job->high[i] = card->told_high;
    job->support[i] = card->told_support;
    if (job->mask) memset(job->mask + i * cells, 1, cells);
  }
  result->device_ms = stub_card_tell(&card->encode.ms, stub_card_elapsed(encoder->host, start));
  stub_card_tell_evidence(&card->encode, job->count * card->encode.recorded, &result->evidence);
  return VORDEC_OK;
}

const struct vordec_encode_interface *stub_card_encode_interface(void) {
  static struct vordec_encode_interface encodes;
  const struct card *card = stub_card_row();
  encodes = (struct vordec_encode_interface){.struct_size = card->encode_size,
                                             .create = create,
                                             .destroy = card->lacks_encoder_destroy ? NULL : destroy,
                                             .encode = encode};
  return &encodes;
}
