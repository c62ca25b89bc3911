/* SPDX-License-Identifier: MIT */
/* States that a plan decodes in one go: started, and waited for. */
#ifndef VORDEC_CORE_BATCH_H
#define VORDEC_CORE_BATCH_H

#include <vordec/backend.h>

struct batch {
  struct vordec_plan *plan;                     /* its own: as many batches overlap as there are plans */
  const struct vordec_stream_interface *stream; /* what the backend works on it with; NULL: not in progress */
  unsigned *under_way; /* of the session: how many batches the backend works on outside of any call */
  struct vordec_decode_job job;
  size_t first; /* index in the call of the job's first state, for messages */
  uint64_t start_ns;
  double host_ms;            /* from its start to its end */
  double call_ms;            /* of these, those that the caller spent here */
  enum vordec_status status; /* how it went, once it is over */
  struct vordec_error error;
  struct vordec_decode_result result;
};

/* Starts the job with the backend's stream; failures to start come from here. Without a stream (NULL) the job is done
 * on return, and batch_wait() says how it went. */
enum vordec_status batch_start(struct batch *batch, const struct vordec_backend *slots,
                               const struct vordec_stream_interface *stream, const struct vordec_decode_job *job,
                               size_t first, struct vordec_error *error);
/* Waits for the batch if necessary. Accepts a batch on which nothing was ever started. */
enum vordec_status batch_wait(struct batch *batch, struct vordec_error *error);

#endif
