/* SPDX-License-Identifier: MIT */
#include "readback.h"

#include "core/base/parallel_copy.h"
#include "gpu/lent_memory.h"
#include "record_stages.h"
#include "share_record.h"

uint32_t readback_fields(const struct vordec_plan *plan, uint32_t outputs, struct readback_field *fields) {
  const struct vordec_decode_job *job = &plan->pending.job;
  const uint64_t real = (uint64_t)plan->cells * plan->real_bytes, first = plan->pending.first;
  const struct readback_field all[READBACK_FIELDS_MAX] = {
      {VORDEC_OMEGA_LP, PLAN_OMEGA_LP, PLAN_LP_READBACK, job->omega_lp, real, real},
      {VORDEC_MASK, plan->mask_buffer, PLAN_MASK_READBACK, (char *)job->mask, plan->cells, 4ull * plan->words},
      {VORDEC_OMEGA_HAT, PLAN_FIELD_B, PLAN_HAT_READBACK, job->omega_hat, real, real},
  };
  uint32_t count = 0;
  for (uint32_t i = 0; i < READBACK_FIELDS_MAX; i++) {
    if (!(outputs & (uint32_t)all[i].output)) continue;
    fields[count] = all[i];
    if (fields[count].host) fields[count].host += first * all[i].state_bytes;
    count++;
  }
  return count;
}

uint32_t readback_lent(const struct vordec_plan *plan) {
  struct readback_field fields[READBACK_FIELDS_MAX];
  const uint32_t count = readback_fields(plan, plan->pending.job.outputs, fields);
  uint32_t direct = 0;
  if (plan->sharing.on) return 0;
  for (uint32_t i = 0; i < count; i++) {
    const struct readback_field *field = &fields[i];
    uint64_t offset = 0;
    if (field->state_bytes != field->pitch) continue; /* between masks of an odd size there are gaps */
    if (!lent_memory_find(plan->session, field->host, plan->pending.count * field->state_bytes, &offset)) continue;
    direct |= (uint32_t)field->output;
  }
  return direct;
}

void record_readback_lent(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  struct readback_field fields[READBACK_FIELDS_MAX];
  const uint32_t count = readback_fields(plan, plan->pending.job.outputs, fields);
  if (plan->sharing.on) {
    record_shared_copies(recorder);
    return;
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t bytes = plan->pending.count * fields[i].state_bytes;
    uint64_t offset = 0;
    if (!(plan->pending.lent & (uint32_t)fields[i].output)) continue;
    const struct buffer *lent = lent_memory_find(plan->session, fields[i].host, bytes, &offset);
    record_copy_out(recorder, fields[i].device, 0, lent->handle, offset, bytes);
    recorder->segment->units += bytes >> 16;
  }
  record_mark(recorder, VORDEC_STAGE_READBACK);
}

enum plan_segment readback_segment(enum vordec_output output) {
  switch (output) {
  case VORDEC_OMEGA_LP:
    return SEGMENT_READ_LP;
  case VORDEC_MASK:
    return SEGMENT_READ_MASK;
  case VORDEC_OMEGA_HAT:
    return SEGMENT_READ_HAT;
  case VORDEC_SCALARS:
    break;
  }
  return SEGMENT_READ_SCALARS;
}

void readback_finish(const struct vordec_plan *plan) {
  struct readback_field fields[READBACK_FIELDS_MAX];
  const uint32_t count = plan->sharing.on ? 0 : readback_fields(plan, plan->pending.job.outputs, fields);
  for (uint32_t i = 0; i < count; i++) {
    const struct readback_field *field = &fields[i];
    const char *from = plan->buffers[field->stopover].mapped;
    if ((plan->pending.lent | plan->pending.pieced) & (uint32_t)field->output) continue;
    const bool gaps = field->state_bytes != field->pitch;
    const uint32_t pieces = gaps ? plan->pending.count : 1;
    const uint64_t bytes = field->state_bytes * (gaps ? 1 : plan->pending.count);
    for (uint32_t piece = 0; piece < pieces; piece++) {
      parallel_copy(field->host + piece * field->state_bytes, from + piece * field->pitch, bytes,
                    plan->session->copy_threads);
    }
  }
}

void record_readback(struct recorder *recorder, enum vordec_output output) {
  switch (output) {
  case VORDEC_OMEGA_LP:
    record_copy(recorder, PLAN_OMEGA_LP, PLAN_LP_READBACK);
    break;
  case VORDEC_MASK:
    record_copy(recorder, recorder->plan->mask_buffer, PLAN_MASK_READBACK);
    break;
  case VORDEC_OMEGA_HAT:
    record_copy(recorder, PLAN_FIELD_B, PLAN_HAT_READBACK);
    break;
  case VORDEC_SCALARS:
    record_copy(recorder, PLAN_PARTIALS, PLAN_PARTIALS_READBACK);
    record_copy(recorder, PLAN_GAINS, PLAN_GAINS_READBACK);
    break;
  }
  record_mark(recorder, VORDEC_STAGE_READBACK);
}
