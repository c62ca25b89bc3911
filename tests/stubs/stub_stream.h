/* SPDX-License-Identifier: MIT */
/* Decodes of the example that are started and waited for apart: all is done in the wait. */
#ifndef VORDEC_TESTS_STUB_STREAM_H
#define VORDEC_TESTS_STUB_STREAM_H

#include "deviations.h"

/* How a plan's jobs are done. */
struct stub_stream_work {
  const struct vordec_host *host;
  enum fault fault;
  const struct vordec_plan_desc *desc;
  /* The states of a job, as they are now; whoever asks frees them. */
  enum vordec_status (*copy)(const struct vordec_plan *plan, const struct vordec_decode_job *job, double **z,
                             struct vordec_error *error);
  /* Decodes such a copy. */
  enum vordec_status (*decode)(struct vordec_plan *plan, const struct vordec_decode_job *job, double *z,
                               struct vordec_decode_result *result, struct vordec_error *error);
  /* Decodes what a plan of "vordec.export/1" has in its memory. */
  enum vordec_status (*decode_in_place)(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                        struct vordec_decode_result *result, struct vordec_error *error);
};

enum vordec_status stub_stream_submit(const struct stub_stream_work *work, struct vordec_plan *plan,
                                      const struct vordec_decode_job *job, struct vordec_error *error);
enum vordec_status stub_stream_wait(const struct stub_stream_work *work, struct vordec_plan *plan,
                                    struct vordec_decode_result *result, struct vordec_error *error);

#endif
