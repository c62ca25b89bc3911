/* A plan of a decoder and the batch on it: started, finished, and judged by its evidence. */
#ifndef VORDEC_CORE_LANE_H
#define VORDEC_CORE_LANE_H

#include <vordec/vordec.h>

#include "error.h"

struct lane {
  struct vordec_plan *plan;
  struct vordec_decode_job job;
  size_t first; /* index of the job's first state in the call, for messages */
  uint64_t start_ns;
  double host_ms; /* from its start to its end */
  double call_ms; /* of these, those that the caller spent here */
  bool under_way; /* the backend works on it; else what follows says how it went */
  enum vordec_status status;
  struct vordec_error error;
  struct vordec_decode_result result;
};

/* Starts the job. `apart`: by the backend's stream, which the decoder has; its failures to start come from here. Else
 * the job is done on return, and lane_finish() tells how it went. */
enum vordec_status lane_start(struct vordec_decoder *decoder, struct lane *lane, const struct vordec_decode_job *job,
                              size_t first, bool apart, struct vordec_error *error);
/* Waits for it where that is needed, weighs its evidence, and adds its times to the report. */
enum vordec_status lane_finish(struct vordec_decoder *decoder, struct lane *lane, struct vordec_decode_report *report,
                               struct vordec_error *error);
/* Waits for it, and that is all. Accepts a lane that nothing was ever started on. */
void lane_abandon(struct vordec_decoder *decoder, struct lane *lane);

#endif
