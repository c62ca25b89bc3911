/* SPDX-License-Identifier: MIT */
#include "batch.h"

#include "core/base/clock.h"
#include "intake.h"

static double ms_since(uint64_t start_ns) {
  return (double)(clock_ns() - start_ns) * 1e-6;
}

static void take_in(struct batch *batch) {
  batch->status = intake_status(batch->status, &batch->error);
  intake_evidence(&batch->result.evidence);
}

enum vordec_status batch_start(struct batch *batch, const struct vordec_backend *slots,
                               const struct vordec_stream_interface *stream, const struct vordec_decode_job *job,
                               size_t first, struct vordec_error *error) {
  batch->job = *job;
  batch->first = first;
  batch->status = VORDEC_OK;
  batch->result = (struct vordec_decode_result){.struct_size = sizeof batch->result};
  batch->start_ns = clock_ns();
  if (stream) {
    intake_ready(error);
    const enum vordec_status status = intake_status(stream->submit(batch->plan, &batch->job, error), error);
    batch->stream = status == VORDEC_OK ? stream : NULL;
    if (batch->stream) ++*batch->under_way;
    batch->call_ms = ms_since(batch->start_ns);
    return status;
  }
  intake_ready(&batch->error);
  batch->status = slots->decode(batch->plan, &batch->job, &batch->result, &batch->error);
  batch->host_ms = batch->call_ms = ms_since(batch->start_ns);
  take_in(batch);
  return VORDEC_OK;
}

enum vordec_status batch_wait(struct batch *batch, struct vordec_error *error) {
  if (batch->stream) {
    const uint64_t start_ns = clock_ns();
    intake_ready(&batch->error);
    batch->status = batch->stream->wait(batch->plan, &batch->result, &batch->error);
    batch->stream = NULL;
    --*batch->under_way;
    batch->call_ms += ms_since(start_ns);
    batch->host_ms = ms_since(batch->start_ns);
    take_in(batch);
  }
  if (batch->status) *error = batch->error;
  return batch->status;
}
